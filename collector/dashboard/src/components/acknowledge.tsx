// For operators: says that one has seen to an incident, with a note if one likes.
import { type FormEvent, useState } from 'react';
import { useAcknowledge } from '../api/changes.ts';
import type { IncidentView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Problem } from './problem.tsx';
import { TextField } from './text-field.tsx';

/** Of the collector's contract. */
const MAX_NOTE = 2000;

export function Acknowledge({ incident }: { readonly incident: IncidentView }) {
  const { texts, language } = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const acknowledge = useAcknowledge(incident.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acknowledge.mutate(note.trim());
  };
  if (!isOpen) {
    return (
      <button
        type="button"
        className="button"
        aria-label={texts.incidents.acknowledgeOf(incident.text[language])}
        onClick={() => setOpen(true)}
      >
        {texts.incidents.acknowledge}
      </button>
    );
  }
  return (
    <form onSubmit={submit}>
      <TextField
        label={texts.incidents.note}
        hint={texts.incidents.noteHint}
        value={note}
        maxLength={MAX_NOTE}
        autoComplete="off"
        // Whoever opened the form goes on in it.
        autoFocus
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {acknowledge.isError && <Problem error={acknowledge.error} />}
      <div className="incident-buttons">
        <button type="submit" className="button" disabled={acknowledge.isPending}>
          {acknowledge.isPending ? texts.incidents.busy : texts.incidents.submit}
        </button>
        <button type="button" className="button button--subtle" onClick={() => setOpen(false)}>
          {texts.incidents.cancel}
        </button>
      </div>
    </form>
  );
}
