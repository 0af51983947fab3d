// The devices of a location and how they fare.
import type { ReactNode } from 'react';
import type { DeviceView, LineView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useNow } from '../lib/use-now.ts';
import { ExactTime, RelativeTime } from './time-text.tsx';

interface DeviceListProps {
  readonly devices: readonly DeviceView[];
  readonly lines: readonly LineView[];
}

export function DeviceList({ devices, lines }: DeviceListProps) {
  const { texts } = useLanguage();
  const now = useNow();
  if (devices.length === 0) return <p className="notice">{texts.devices.none}</p>;
  return (
    <ul className="device-list">
      {devices.map((device) => (
        <li key={device.id} className="card">
          <Device
            device={device}
            now={now}
            line={lines.length > 1 ? lines.find(({ id }) => id === device.lineId) : undefined}
          />
        </li>
      ))}
    </ul>
  );
}

interface DeviceProps {
  readonly device: DeviceView;
  readonly now: number;
  /** Where there are several to tell apart. */
  readonly line: LineView | undefined;
}

function Device({ device, now, line }: DeviceProps) {
  const { texts, formats } = useLanguage();
  const { connected, lastContactAt, clockOffsetMs, spool } = device;
  return (
    <>
      <h3 className="device__name">
        {device.name}{' '}
        <span className="connection-mark" data-connected={connected}>
          {connected ? texts.devices.connected : texts.devices.disconnected}
        </span>
      </h3>
      <dl className="facts facts--grid">
        {line !== undefined && <Fact name={texts.devices.line}>{line.name}</Fact>}
        <Fact name={texts.devices.lastContact}>
          {lastContactAt === null ? (
            texts.devices.never
          ) : (
            <RelativeTime iso={lastContactAt} now={now} />
          )}
        </Fact>
        <Fact name={texts.devices.position}>{texts.devices.positions[device.position]}</Fact>
        <Fact name={texts.devices.version}>{device.agentVersion ?? texts.devices.unknown}</Fact>
        <Fact name={texts.devices.clock}>
          {clockOffsetMs === null ? texts.devices.unknown : formats.ms(clockOffsetMs)}
        </Fact>
        <Fact name={texts.devices.spool}>
          <Spool spool={spool} />
        </Fact>
        <Fact name={texts.devices.enrolled}>
          <ExactTime iso={device.enrolledAt} />
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Spool({ spool }: { readonly spool: DeviceView['spool'] }) {
  const { texts, formats } = useLanguage();
  if (spool === null) return <>{texts.devices.unknown}</>;
  const { records, bytes, droppedRecords, corruptRecords, diskTrouble, memoryRecords = 0 } = spool;
  return (
    <>
      {texts.devices.spoolText(formats.integer(records), formats.bytes(bytes))}
      {droppedRecords > 0 && (
        <span className="warning-text">
          {texts.devices.spoolDropped(formats.integer(droppedRecords))}
        </span>
      )}
      {corruptRecords > 0 && (
        <span className="warning-text">
          {texts.devices.spoolCorrupt(formats.integer(corruptRecords))}
        </span>
      )}
      {diskTrouble !== undefined && (
        <span className="warning-text">
          {texts.devices.diskTrouble(diskTrouble, formats.integer(memoryRecords))}
        </span>
      )}
    </>
  );
}
