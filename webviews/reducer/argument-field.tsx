import type { JSX } from 'preact';
import type { FormField } from '../protocol.ts';
import { Checkbox, Dropdown, TextArea, TextField } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import type { Draft } from './form-state.ts';

interface ArgumentFieldProps {
  field: FormField;
  draft: Draft;
  problem: string | undefined;
  onEdit: (draft: Draft) => void;
  onLeave: () => void;
}

/** One argument: name, type, "none" switch where it may be absent, the control, and what is wrong with it. */
export function ArgumentField({ field, draft, problem, onEdit, onLeave }: ArgumentFieldProps): JSX.Element {
  const id = `argument-${field.name}`;
  return (
    <div class="argument">
      <div class="argument-head">
        <span class="argument-name ellipsis" title={field.name}>
          {field.name}
        </span>
        <span class="column-type ellipsis" title={field.type}>
          {field.type}
        </span>
        {field.optional && (
          <span class="none-switch">
            <Checkbox
              checked={draft.isNone}
              label={`${field.name}: none`}
              onChange={(isNone) => onEdit({ ...draft, isNone })}
            >
              none
            </Checkbox>
          </span>
        )}
      </div>
      <ArgumentControl
        id={id}
        field={field}
        draft={draft}
        invalid={problem !== undefined}
        onText={(text) => onEdit({ ...draft, text })}
        onLeave={onLeave}
      />
      <div class="problem" aria-live="polite">
        {problem !== undefined && (
          <>
            <Icon name="error" />
            <span>{problem}</span>
          </>
        )}
      </div>
    </div>
  );
}

interface ArgumentControlProps {
  id: string;
  field: FormField;
  draft: Draft;
  invalid: boolean;
  onText: (text: string) => void;
  onLeave: () => void;
}

function ArgumentControl({ id, field, draft, invalid, onText, onLeave }: ArgumentControlProps): JSX.Element {
  const disabled = field.optional && draft.isNone;
  const label = `${field.name}, ${field.type}`;
  if (field.control === 'checkbox') {
    return (
      <Checkbox
        id={id}
        checked={draft.text === 'true'}
        disabled={disabled}
        label={label}
        onChange={(checked) => onText(String(checked))}
      >
        <span class="mono">{draft.text === 'true' ? 'true' : 'false'}</span>
      </Checkbox>
    );
  }
  if (field.control === 'choice') {
    return (
      <Dropdown
        id={id}
        label={label}
        choices={field.choices}
        value={draft.text}
        disabled={disabled}
        onChange={onText}
      />
    );
  }
  const shared = {
    id,
    label,
    value: draft.text,
    placeholder: field.placeholder,
    invalid,
    disabled,
    onInput: onText,
    onBlur: onLeave,
  };
  return field.control === 'json' ? <TextArea {...shared} rows={4} /> : <TextField {...shared} />;
}
