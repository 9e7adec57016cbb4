import type { CallRecord, FormField, ReducerForm, ReducerInfo } from '../protocol.ts';

/** What is typed into one field; `isNone` is the "none" switch of an optional field, which keeps the text. */
export interface Draft {
  text: string;
  isNone: boolean;
}

/** Drafts by reducer, then by field name: they outlive a module change that moves or removes a field. */
export type Drafts = Readonly<Record<string, Readonly<Record<string, Draft>>>>;

export interface FormState {
  form: ReducerForm | undefined;
  /** Name of the reducer that is shown; empty until there is one. */
  selected: string;
  drafts: Drafts;
  /** Problems by field position of the selected reducer. */
  problems: readonly (string | undefined)[];
  /** Calls of this session, newest first. */
  history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  id: number;
  record: CallRecord;
  /** The drafts that made the call, to fill the form again. */
  drafts: Readonly<Record<string, Draft>>;
}

/** What the panel keeps while it is hidden. */
export type ReducerView = Pick<FormState, 'selected' | 'drafts' | 'history'>;

export type FormEvent =
  | { type: 'form'; form: ReducerForm }
  | { type: 'select'; reducer: string }
  | { type: 'edit'; field: FormField; draft: Draft }
  | { type: 'problem'; reducer: string; field: number; message: string | undefined }
  | { type: 'problems'; reducer: string; messages: readonly (string | undefined | null)[] }
  | { type: 'called'; record: CallRecord; drafts: Readonly<Record<string, Draft>> }
  | { type: 'refill'; entry: HistoryEntry }
  | { type: 'clear' };

const maxHistory = 50;

export function initialFormState(saved: Partial<ReducerView> | undefined): FormState {
  return {
    form: undefined,
    selected: saved?.selected ?? '',
    drafts: saved?.drafts ?? {},
    problems: [],
    history: saved?.history ?? [],
  };
}

export function formReducer(state: FormState, event: FormEvent): FormState {
  switch (event.type) {
    case 'form':
      return receiveForm(state, event.form);
    case 'select':
      return event.reducer === state.selected ? state : { ...state, selected: event.reducer, problems: [] };
    case 'edit':
      return { ...state, drafts: withDraft(state.drafts, state.selected, event.field.name, event.draft) };
    case 'problem': {
      if (event.reducer !== state.selected) return state;
      const problems = [...state.problems];
      problems[event.field] = event.message;
      return { ...state, problems };
    }
    case 'problems':
      if (event.reducer !== state.selected) return state;
      return { ...state, problems: event.messages.map((message) => message ?? undefined) };
    case 'called': {
      const id = (state.history[0]?.id ?? 0) + 1;
      const entry = { id, record: event.record, drafts: event.drafts };
      return { ...state, problems: [], history: [entry, ...state.history].slice(0, maxHistory) };
    }
    case 'refill': {
      const { record, drafts } = event.entry;
      return {
        ...state,
        selected: record.reducer,
        problems: [],
        drafts: { ...state.drafts, [record.reducer]: { ...state.drafts[record.reducer], ...drafts } },
      };
    }
    case 'clear': {
      const { [state.selected]: _cleared, ...drafts } = state.drafts;
      return { ...state, drafts, problems: [] };
    }
  }
}

/** What is shown stays, even if its reducer is gone; only a panel that shows nothing yet takes what it was opened for. */
function receiveForm(state: FormState, form: ReducerForm): FormState {
  const name = state.selected || form.selected || (form.reducers[0]?.name ?? '');
  const before = state.form?.reducers.find((reducer) => reducer.name === name);
  const after = form.reducers.find((reducer) => reducer.name === name);
  const sameFields = JSON.stringify(before?.fields) === JSON.stringify(after?.fields);
  return {
    ...state,
    form,
    selected: name,
    problems: sameFields && name === state.selected ? state.problems : [],
  };
}

function withDraft(drafts: Drafts, reducer: string, field: string, draft: Draft): Drafts {
  return { ...drafts, [reducer]: { ...drafts[reducer], [field]: draft } };
}

/** What a field holds before anything is typed. */
export function emptyDraft(field: FormField): Draft {
  const text = field.control === 'checkbox' ? 'false' : field.control === 'choice' ? (field.choices[0] ?? '') : '';
  return { text, isNone: field.optional };
}

/**
 * The draft of a field. A draft kept from before a module change may no longer fit its control: a checkbox or choice
 * then shows its first value, while text stays for the person to mend.
 */
export function draftOf(drafts: Drafts, reducer: string, field: FormField): Draft {
  const kept = own(own(drafts, reducer), field.name);
  if (kept === undefined) return emptyDraft(field);
  const fits =
    field.control === 'checkbox'
      ? kept.text === 'true' || kept.text === 'false'
      : field.control !== 'choice' || field.choices.includes(kept.text);
  return { text: fits ? kept.text : emptyDraft(field).text, isNone: field.optional && kept.isNone };
}

/** Names come from the module: one like `constructor` must not find what every object has. */
const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;

/** The text that a field sends; undefined for none. */
export function sentText(field: FormField, draft: Draft): string | undefined {
  return field.optional && draft.isNone ? undefined : draft.text;
}

export function selectedReducer(state: FormState): ReducerInfo | undefined {
  return state.form?.reducers.find((reducer) => reducer.name === state.selected);
}

/** Everything typed for a reducer, by field name, for a history entry. */
export function snapshot(state: FormState, reducer: ReducerInfo): Record<string, Draft> {
  return Object.fromEntries(reducer.fields.map((field) => [field.name, draftOf(state.drafts, reducer.name, field)]));
}

/** Reducers whose name contains all words of `query`; names that start with it come first. */
export function searchReducers(reducers: readonly ReducerInfo[], query: string): ReducerInfo[] {
  const words = query
    .toLowerCase()
    .split(/[\s_]+/)
    .filter(Boolean);
  const matching = reducers.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const first = words[0];
  if (first === undefined) return matching;
  const starts = (reducer: ReducerInfo): number => (reducer.name.toLowerCase().startsWith(first) ? 0 : 1);
  return matching.sort((a, b) => starts(a) - starts(b));
}

/** `send_message(text: string)`: a reducer as people write it. */
export function signature(reducer: ReducerInfo): string {
  return `${reducer.name}(${reducer.fields.map((field) => `${field.name}: ${field.type}`).join(', ')})`;
}
