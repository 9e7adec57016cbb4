import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReducerInfo } from '../protocol.ts';
import { Icon } from '../ui/icons.tsx';
import { searchReducers, signature } from './form-state.ts';

interface ReducerPickerProps {
  reducers: readonly ReducerInfo[];
  selected: string;
  onSelect: (reducer: string) => void;
}

/** A combobox (ARIA practices, list autocomplete) over the reducers: type to search, arrows to choose. */
export function ReducerPicker({ reducers, selected, onSelect }: ReducerPickerProps): JSX.Element {
  const [query, setQuery] = useState<string>();
  const [highlighted, setHighlighted] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const isOpen = query !== undefined;
  const found = searchReducers(reducers, query ?? '');

  const open = (): void => {
    setQuery('');
    setHighlighted(
      Math.max(
        0,
        reducers.findIndex(({ name }) => name === selected),
      ),
    );
  };
  const close = (): void => setQuery(undefined);
  const choose = (reducer: ReducerInfo | undefined): void => {
    if (reducer) onSelect(reducer.name);
    close();
  };
  useEffect(() => {
    if (isOpen) list.current?.children[highlighted]?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, highlighted]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      if (!isOpen) open();
      else if (found.length > 0) setHighlighted((highlighted + step + found.length) % found.length);
    } else if (event.key === 'Enter' && isOpen) choose(found[highlighted]);
    else if (event.key === 'Enter') open();
    else if (event.key === 'Escape' && isOpen) close();
    else return;
    event.preventDefault();
  };

  return (
    <div class="picker">
      <input
        type="text"
        role="combobox"
        aria-label="Reducer"
        aria-expanded={isOpen}
        aria-controls="reducer-list"
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found.length > 0 ? `reducer-${highlighted}` : undefined}
        spellcheck={false}
        placeholder={isOpen ? selected || 'Search reducers' : 'Choose a reducer'}
        value={query ?? selected}
        title={selected}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setHighlighted(0);
        }}
        onClick={() => isOpen || open()}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <Icon name="chevron" class="picker-icon" />
      {isOpen && (
        <div class="picker-list" id="reducer-list" role="listbox" aria-label="Reducers" ref={list} tabIndex={-1}>
          {found.map((reducer, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus and names the active option.
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter does this in the input.
            <div
              key={reducer.name}
              id={`reducer-${index}`}
              role="option"
              aria-selected={index === highlighted}
              class={`picker-option ${index === highlighted ? 'highlighted' : ''}`}
              title={signature(reducer)}
              // Before the click, the input would lose the focus and the list would close.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(reducer)}
            >
              <span>{reducer.name}</span>
              <span class="mono faint ellipsis">{reducer.fields.map((field) => field.name).join(', ')}</span>
            </div>
          ))}
          {found.length === 0 && <div class="picker-none">No reducer matches “{query}”.</div>}
        </div>
      )}
    </div>
  );
}
