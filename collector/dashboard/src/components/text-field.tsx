// A labelled text field with its hint and its fault, tied together for screen readers.
import { type InputHTMLAttributes, useId } from 'react';

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
}

export function TextField({ label, hint, fault, ...input }: TextFieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div className="field" data-invalid={fault !== undefined}>
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      {hint !== undefined && (
        <p className="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p className="field__fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      <input
        id={id}
        className="field__input"
        aria-describedby={described === '' ? undefined : described}
        aria-invalid={fault === undefined ? undefined : true}
        {...input}
      />
    </div>
  );
}
