// For operators: a one-time code, as the command that uses it on a new device.
import { useState } from 'react';
import { useEnrolmentCode } from '../api/changes.ts';
import type { EnrolmentCode } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Problem } from './problem.tsx';

export function Enrolment({ locationId }: { readonly locationId: string }) {
  const { texts } = useLanguage();
  const enrolment = useEnrolmentCode(locationId);
  return (
    <div className="card enrolment">
      <h3>{texts.devices.add}</h3>
      <p>{texts.devices.addText}</p>
      <button
        type="button"
        className="button"
        disabled={enrolment.isPending}
        onClick={() => enrolment.mutate()}
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
