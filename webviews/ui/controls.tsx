/**
 * The form controls of all panels. The only file that knows `@vscode/webview-ui-toolkit` (no longer developed upstream):
 * replacing it means rewriting this file.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { type ComponentChildren, createElement, type JSX, type RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeProgressRing(),
  vsCodeTextArea(),
  vsCodeTextField(),
);

/** A toolkit element as the page sees it: a custom element with a text value. */
export type ControlElement = HTMLElement & { value: string; checked: boolean };

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  appearance?: 'primary' | 'secondary' | 'icon';
  disabled?: boolean;
  label?: string;
  title?: string;
}

export function Button({ children, onClick, appearance, disabled, label, title }: ButtonProps): JSX.Element {
  return createElement(
    'vscode-button',
    { appearance: appearance ?? 'primary', disabled: disabled ?? false, 'aria-label': label, title, onClick },
    children,
  );
}

export function ProgressRing({ label }: { label: string }): JSX.Element {
  return createElement('vscode-progress-ring', { 'aria-label': label });
}

interface TextProps {
  id?: string;
  label: string;
  value: string;
  placeholder?: string;
  invalid?: boolean;
  disabled?: boolean;
  onInput: (text: string) => void;
  onBlur?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  controlRef?: RefObject<ControlElement | null>;
  children?: ComponentChildren;
}

function textAttributes(props: TextProps): Record<string, unknown> {
  return {
    ref: props.controlRef,
    id: props.id,
    class: props.invalid === true ? 'invalid' : undefined,
    value: props.value,
    placeholder: props.placeholder,
    disabled: props.disabled ?? false,
    spellcheck: false,
    'aria-label': props.label,
    'aria-invalid': props.invalid === true ? 'true' : undefined,
    onInput: (event: Event) => props.onInput((event.target as ControlElement).value),
    onBlur: props.onBlur,
    onKeyDown: props.onKeyDown,
  };
}

/** One line of text. A child with `slot="start"` or `slot="end"` is shown inside the field. */
export function TextField(props: TextProps): JSX.Element {
  return createElement('vscode-text-field', textAttributes(props), props.children);
}

/** Several lines of text. */
export function TextArea(props: TextProps & { rows: number }): JSX.Element {
  return createElement('vscode-text-area', { ...textAttributes(props), rows: props.rows, resize: 'vertical' });
}

interface CheckboxProps {
  id?: string;
  checked: boolean;
  disabled?: boolean;
  label?: string;
  onChange: (checked: boolean) => void;
  children?: ComponentChildren;
}

export function Checkbox({ id, checked, disabled, label, onChange, children }: CheckboxProps): JSX.Element {
  return createElement(
    'vscode-checkbox',
    {
      id,
      checked,
      disabled: disabled ?? false,
      'aria-label': label,
      // The element also reports the changes made through `checked`; only a person's change is news.
      onChange: (event: Event) => {
        const now = (event.target as ControlElement).checked;
        if (now !== checked) onChange(now);
      },
    },
    children,
  );
}

interface DropdownProps {
  id?: string;
  label: string;
  choices: readonly string[];
  value: string;
  disabled?: boolean;
  onChange: (choice: string) => void;
}

export function Dropdown({ id, label, choices, value, disabled, onChange }: DropdownProps): JSX.Element {
  const element = useRef<ControlElement>(null);
  // The element knows its options only after they are attached, and forgets a value set before.
  // The options' arrival is the reason to set the value again.
  useLayoutEffect(() => {
    const dropdown = element.current;
    if (dropdown === null) return;
    dropdown.value = value;
    const frame = requestAnimationFrame(() => {
      dropdown.value = value;
    });
    return () => cancelAnimationFrame(frame);
  }, [value, choices]);
  return createElement(
    'vscode-dropdown',
    {
      ref: element,
      id,
      disabled: disabled ?? false,
      'aria-label': label,
      onChange: (event: Event) => onChange((event.target as ControlElement).value),
    },
    choices.map((choice) => createElement('vscode-option', { key: choice, value: choice }, choice)),
  );
}
