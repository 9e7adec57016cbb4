import type { ColumnHeader, LatencyReport, ReducerForm, RowView, TableInfo } from '../protocol.ts';

/** Rows and reducers of an invented chat database, the same on every run. */
export const target = { database: 'chat', server: 'http://127.0.0.1:3000' };

export const messageTable: TableInfo = {
  target,
  table: 'message',
  isPublic: true,
  isEvent: false,
  columns: [
    column('id', 'u64', 'number', true),
    column('sender', 'Identity', 'bytes'),
    column('sent', 'Timestamp', 'time'),
    column('edited', 'bool', 'bool'),
    column('stars', 'u32', 'number'),
    column('text', 'string', 'text'),
    column('attachment', 'option<Attachment>', 'compound'),
  ],
};

function column(name: string, type: string, kind: ColumnHeader['kind'], isPrimaryKey = false): ColumnHeader {
  return { name, type, kind, isPrimaryKey };
}

const texts = [
  'Good morning, everyone',
  'Has anybody tried the new build? It starts in half the time here, and the maps load before the menu is drawn.',
  'yes!',
  '',
  'Three players could not join after the restart.\nThe log says: table "lobby" has no row 17.',
  '<b>not bold</b> & "quoted"',
  'Das läuft jetzt flüssig 🎉',
  'ok',
];

/** Row `index` of the message table. */
export function messageRow(index: number): RowView {
  const text = texts[(index * 5 + (index >> 3)) % texts.length] ?? '';
  const seconds = String(index % 60).padStart(2, '0');
  const minutes = String(Math.floor(index / 60) % 60).padStart(2, '0');
  const sender = ((index * 2654435761) % 0xffffffff).toString(16).padStart(8, '0');
  return {
    key: String(index + 1),
    cells: [
      String(index + 1),
      `0x${`c200${sender}`.repeat(6).slice(0, 64)}`,
      `2026-11-21T09:${minutes}:${seconds}.${String((index * 7919) % 1000000).padStart(6, '0')}Z`,
      String(index % 5 === 2),
      String((index * index) % 4001),
      text,
      index % 6 === 1 ? `{ name: "map-${index}.png", bytes: ${index * 1024} }` : 'none',
    ],
    ageMs: undefined,
    change: undefined,
  };
}

const field = (name: string, type: string, control: ReducerForm['reducers'][number]['fields'][number]['control']) => ({
  name,
  type,
  control,
  choices: [] as string[],
  placeholder: '',
  optional: false,
});

export const chatForm: ReducerForm = {
  target,
  selected: 'send_message',
  reducers: [
    {
      name: 'create_room',
      fields: [
        { ...field('name', 'string', 'text'), placeholder: 'Text' },
        { ...field('capacity', 'u16', 'integer'), placeholder: '0 to 65535' },
        { ...field('visibility', 'Visibility', 'choice'), choices: ['Open', 'Invited', 'Hidden'] },
        { ...field('moderated', 'bool', 'checkbox') },
        { ...field('owner', 'option<Identity>', 'text'), placeholder: '0xc200…', optional: true },
        { ...field('tags', 'array<string>', 'json'), placeholder: '["one", "two"]' },
      ],
    },
    { name: 'reset_rooms', fields: [] },
    { name: 'send_message', fields: [{ ...field('text', 'string', 'text'), placeholder: 'Text' }] },
    { name: 'set_name', fields: [{ ...field('name', 'string', 'text'), placeholder: 'Text' }] },
  ],
};

const bounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, null];

/** A report with one busy, one failing, one slow and one silent reducer. `poll` counts the readings so far. */
export function latency(poll: number, silent: boolean): LatencyReport {
  const wave = (base: number, at: number): number =>
    Math.max(0, base * (1 + 0.5 * Math.sin(at / 4) + 0.2 * Math.sin(at)));
  const reducer = (
    name: string,
    base: number,
    peak: number,
    errors: number,
    own: number,
  ): LatencyReport['reducers'][number] => {
    const idle = silent || base === 0;
    const counts = bounds.map((_, index) =>
      idle ? 0 : Math.round(900 * base * Math.exp(-(((index - peak) / 1.4) ** 2))),
    );
    const middle = bounds[peak] ?? 1;
    return {
      reducer: name,
      calls: counts.reduce((sum, count) => sum + count, 0),
      errors: idle ? 0 : errors,
      p50: idle ? undefined : middle * 0.72,
      p95: idle ? undefined : middle * 3.1,
      p99: idle ? undefined : middle * 8.4,
      buckets: bounds.map((upToMs, index) => ({ upToMs, count: counts[index] ?? 0 })),
      trend: Array.from({ length: 60 }, (_, index) => ({
        callsPerSecond: idle ? 0 : wave(base, poll + index),
        p95: idle || wave(base, poll + index) === 0 ? undefined : wave(middle * 3, (poll + index) * 0.7),
      })),
      roundTrip: own === 0 || idle ? undefined : { count: own, p50: middle + 1.4, p95: middle * 4 + 2.2 },
    };
  };
  return {
    target,
    intervalMs: 1000,
    reducers: [
      reducer('send_message', 41, 3, 112, 17),
      reducer('set_name', 3.2, 2, 0, 2),
      reducer('create_room_with_members', 0.6, 8, 3, 0),
      reducer('export_history', 0.05, 14, 0, 1),
      reducer('reset_rooms', 0, 0, 0, 0),
    ],
  };
}
