import { describe, expect, it } from 'vitest';
import type { CallRecord, FormField, ReducerForm } from '../protocol.ts';
import {
  draftOf,
  type FormEvent,
  type FormState,
  formReducer,
  initialFormState,
  searchReducers,
  selectedReducer,
  sentText,
  signature,
  snapshot,
} from './form-state.ts';

const field = (name: string, more: Partial<FormField> = {}): FormField => ({
  name,
  type: 'string',
  control: 'text',
  choices: [],
  placeholder: '',
  optional: false,
  ...more,
});
const form = (selected: string, ...names: string[]): ReducerForm => ({
  target: { database: 'chat', server: 'http://127.0.0.1:3000' },
  reducers: names.map((name) => ({ name, fields: [field('text'), field('to', { optional: true })] })),
  selected,
});
const play = (state: FormState, ...events: FormEvent[]): FormState => events.reduce(formReducer, state);
const start = play(initialFormState(undefined), { type: 'form', form: form('send', 'send', 'wave') });
const type = (text: string): FormEvent => ({ type: 'edit', field: field('text'), draft: { text, isNone: false } });
const record: CallRecord = { reducer: 'send', args: 'hi', outcome: 'committed', message: '', roundTripMs: 3, at: 0 };

describe('selection', () => {
  it('starts with what the extension chose, or the first reducer', () => {
    expect(start.selected).toBe('send');
    expect(play(initialFormState(undefined), { type: 'form', form: form('', 'a', 'b') }).selected).toBe('a');
  });
  it('keeps the choice of the person when the module is published again', () => {
    const state = play(
      start,
      { type: 'select', reducer: 'wave' },
      { type: 'form', form: form('send', 'send', 'wave') },
    );
    expect(state.selected).toBe('wave');
  });
  it('keeps what a restored page showed, whatever its panel was opened for', () => {
    const saved = JSON.parse(JSON.stringify(play(start, { type: 'select', reducer: 'wave' })));
    const state = play(initialFormState(saved), { type: 'form', form: form('send', 'send', 'wave') });
    expect(state.selected).toBe('wave');
    expect(play(state, { type: 'select', reducer: 'send' }).selected).toBe('send');
  });
  it('shows no form for a reducer that is gone, and the same form again when it is back', () => {
    const gone = play(start, type('typed'), { type: 'form', form: form('send', 'wave') });
    expect(selectedReducer(gone)).toBeUndefined();
    const back = play(gone, { type: 'form', form: form('send', 'send', 'wave') });
    expect(draftOf(back.drafts, 'send', field('text')).text).toBe('typed');
  });
});

describe('drafts', () => {
  it('survive choosing another reducer and a module that changes around them', () => {
    const state = play(
      start,
      type('hello'),
      { type: 'select', reducer: 'wave' },
      { type: 'form', form: form('send', 'send', 'wave', 'more') },
      { type: 'select', reducer: 'send' },
    );
    expect(draftOf(state.drafts, 'send', field('text')).text).toBe('hello');
  });
  it('survive a reload of the page', () => {
    const saved = JSON.parse(JSON.stringify(play(start, type('hello'))));
    const state = play(initialFormState(saved), { type: 'form', form: form('send', 'send') });
    expect(draftOf(state.drafts, 'send', field('text')).text).toBe('hello');
  });
  it('keep the text behind the none switch, but send none', () => {
    const optional = field('to', { optional: true });
    const drafts = { send: { to: { text: 'bob', isNone: true } } };
    const draft = draftOf(drafts, 'send', optional);
    expect(draft.text).toBe('bob');
    expect(sentText(optional, draft)).toBeUndefined();
    expect(sentText(optional, { ...draft, isNone: false })).toBe('bob');
  });
  it('of arguments named like what every object has start empty', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(draftOf({ send: {} }, 'send', field(name)).text).toBe('');
      expect(draftOf({}, name, field('name')).text).toBe('');
      const edit: FormEvent = { type: 'edit', field: field(name), draft: { text: 'typed', isNone: false } };
      const state = play(start, { type: 'select', reducer: name }, edit);
      expect(draftOf(JSON.parse(JSON.stringify(state.drafts)), name, field(name)).text).toBe('typed');
    }
  });
  it('give way where a control can no longer show them', () => {
    const drafts = { send: { mood: { text: 'Angry', isNone: false } } };
    expect(draftOf(drafts, 'send', field('mood', { control: 'choice', choices: ['Happy', 'Sad'] })).text).toBe('Happy');
    expect(draftOf(drafts, 'send', field('mood', { control: 'checkbox' })).text).toBe('false');
    expect(draftOf(drafts, 'send', field('mood', { control: 'integer' })).text).toBe('Angry');
  });
});

describe('problems', () => {
  it('belong to the reducer they were found for', () => {
    const late: FormEvent = { type: 'problem', reducer: 'wave', field: 0, message: 'too late' };
    expect(play(start, late).problems).toEqual([]);
  });
  it('arrive with null for fields that are fine, as JSON has no undefined', () => {
    const state = play(start, { type: 'problems', reducer: 'send', messages: [null, 'bad'] });
    expect(state.problems).toEqual([undefined, 'bad']);
  });
  it('go away when the module gives the reducer other fields', () => {
    const state = play(start, { type: 'problem', reducer: 'send', field: 0, message: 'bad' });
    const other = form('send', 'send');
    other.reducers = [{ name: 'send', fields: [field('amount', { control: 'integer' })] }];
    expect(play(state, { type: 'form', form: form('send', 'send') }).problems).toEqual(['bad']);
    expect(play(state, { type: 'form', form: other }).problems).toEqual([]);
  });
});

describe('history', () => {
  it('fills the form again with what made the call', () => {
    const typed = play(start, type('first'));
    const reducer = selectedReducer(typed);
    if (!reducer) throw new Error('no reducer');
    const called = play(typed, { type: 'called', record, drafts: snapshot(typed, reducer) }, type('second'));
    const entry = called.history[0];
    if (!entry) throw new Error('no entry');
    const state = play(called, { type: 'select', reducer: 'wave' }, { type: 'refill', entry });
    expect(state.selected).toBe('send');
    expect(draftOf(state.drafts, 'send', field('text')).text).toBe('first');
  });
  it('puts the newest first and stays bounded', () => {
    let state = start;
    for (let call = 0; call < 60; call++) state = play(state, { type: 'called', record, drafts: {} });
    expect(state.history).toHaveLength(50);
    expect(state.history[0]?.id).toBe(60);
  });
});

describe('search and signature', () => {
  const { reducers } = form('', 'send_message', 'resend', 'set_name');
  it('finds all words anywhere and prefers the start', () => {
    expect(searchReducers(reducers, 'send').map(({ name }) => name)).toEqual(['send_message', 'resend']);
    expect(searchReducers(reducers, 'mess send').map(({ name }) => name)).toEqual(['send_message']);
    expect(searchReducers(reducers, '').length).toBe(3);
  });
  it('writes a reducer as people do', () => {
    expect(reducers[1] && signature(reducers[1])).toBe('resend(text: string, to: string)');
  });
});
