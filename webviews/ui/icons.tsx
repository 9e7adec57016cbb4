import type { JSX } from 'preact';

const paths = {
  key: 'M10.5 1a4.5 4.5 0 0 0-4.3 5.8L1 12v3h3v-2h2v-2h1.7l1.5-1.3A4.5 4.5 0 1 0 10.5 1Zm1 4.6a1.1 1.1 0 1 1 0-2.2 1.1 1.1 0 0 1 0 2.2Z',
  lock: 'M8 1a3.5 3.5 0 0 0-3.5 3.5V7H3v8h10V7h-1.5V4.5A3.5 3.5 0 0 0 8 1Zm2 6H6V4.5a2 2 0 1 1 4 0V7Z',
  search:
    'M6.5 1a5.5 5.5 0 1 0 3.4 9.8l3.7 3.7.9-.9-3.7-3.7A5.5 5.5 0 0 0 6.5 1Zm0 1.4a4.1 4.1 0 1 1 0 8.2 4.1 4.1 0 0 1 0-8.2Z',
  close: 'M8 7.1 12.1 3l.9.9L8.9 8l4.1 4.1-.9.9L8 8.9 3.9 13l-.9-.9L7.1 8 3 3.9l.9-.9L8 7.1Z',
  check: 'm13.5 4-7.3 8L2.5 8.7l.9-1 2.7 2.4L12.5 3l1 1Z',
  error:
    'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM5.9 5l-.9.9L7.1 8 5 10.1l.9.9L8 8.9l2.1 2.1.9-.9L8.9 8 11 5.9l-.9-.9L8 7.1 5.9 5Z',
  warning: 'M8 1.5.8 14.5h14.4L8 1.5Zm0 2.5 5.2 9.3H2.8L8 4Zm-.6 3v3.2h1.2V7H7.4Zm0 4.2v1.3h1.2v-1.3H7.4Z',
  chevron: 'm3.5 6 .9-.9L8 8.7l3.6-3.6.9.9L8 10.5 3.5 6Z',
  ascending: 'M8 4 3 9l.9.9L8 5.8l4.1 4.1.9-.9L8 4Z',
  descending: 'm8 12-5-5 .9-.9L8 10.2l4.1-4.1.9.9L8 12Z',
  unplug:
    'M5 1v4H3v3a5 5 0 0 0 4.4 5v2h1.2v-2A5 5 0 0 0 13 8V5h-2V1H9.8v4H6.2V1H5Zm-.8 5.2h7.6V8a3.8 3.8 0 0 1-7.6 0V6.2Z',
} as const;

export type IconName = keyof typeof paths;

/** A decorative 16-pixel icon in the text's colour; what it means must also be said in text or a label. */
export function Icon({ name, class: className }: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg
      class={`icon ${className ?? ''}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
