// For operators: a one-time code, as the command that uses it on a new device.
import { useState } from 'react';
import { useEnrolmentCode } from '../api/changes.ts';
import type { EnrolmentCode, LineView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { isRunning } from './line-list.tsx';
import { Problem } from './problem.tsx';

interface EnrolmentProps {
  readonly locationId: string;
  readonly lines: readonly LineView[];
}

/** With several lines, the person says which one the device will measure; the code is for that. */
export function Enrolment({ locationId, lines }: EnrolmentProps) {
  const { texts } = useLanguage();
  const enrolment = useEnrolmentCode(locationId);
  const running = lines.filter(isRunning);
  const [chosen, setChosen] = useState<string>();
  const line = running.find(({ id }) => id === chosen) ?? running[0];
  return (
    <div className="card enrolment">
      <h3>{texts.devices.add}</h3>
      <p>{texts.devices.addText}</p>
      {running.length > 1 && (
        <label className="field">
          <span className="field__label">{texts.devices.chooseLine}</span>
          <select
            className="field__input"
            value={line?.id}
            onChange={(event) => setChosen(event.target.value)}
          >
            {running.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        className="button"
        disabled={enrolment.isPending}
        onClick={() => enrolment.mutate(line?.id)}
      >
        {enrolment.isPending ? texts.devices.makingCode : texts.devices.makeCode}
      </button>
      {enrolment.isError && <Problem error={enrolment.error} />}
      <div aria-live="polite">
        {enrolment.data !== undefined && (
          <Command key={enrolment.data.code} code={enrolment.data} />
        )}
      </div>
    </div>
  );
}

type CopyState = 'not-copied' | 'copied' | 'failed';

function Command({ code }: { readonly code: EnrolmentCode }) {
  const { texts, formats } = useLanguage();
  const [state, setState] = useState<CopyState>('not-copied');
  const command = `meetnet-agent enroll --collector ${window.location.origin} --code ${code.code}`;
  const copy = async () => {
    try {
      // Undefined on plain http away from this host.
      await navigator.clipboard.writeText(command);
      setState('copied');
    } catch {
      setState('failed');
    }
  };
  return (
    <>
      <p className="command-line">
        <code className="command">{command}</code>
        <button type="button" className="button" onClick={() => void copy()}>
          {state === 'copied' ? texts.devices.copied : texts.devices.copy}
        </button>
      </p>
      {state === 'failed' && <p className="warning-text">{texts.devices.copyFailed}</p>}
      <p className="subtle">{texts.devices.codeExpires(formats.dateTime(code.expiresAt))}</p>
    </>
  );
}
