// A moment as people say it ("3 uur geleden"), with the exact time on it.
import { useLanguage } from '../i18n/language.tsx';

interface TimeTextProps {
  readonly iso: string;
  readonly now: number;
}

export function RelativeTime({ iso, now }: TimeTextProps) {
  const { formats } = useLanguage();
  return (
    <time dateTime={iso} title={formats.dateTime(iso)}>
      {formats.relative(iso, now)}
    </time>
  );
}

export function ExactTime({ iso }: Pick<TimeTextProps, 'iso'>) {
  const { formats } = useLanguage();
  return <time dateTime={iso}>{formats.dateTime(iso)}</time>;
}
