// What a board sends to its provider: the verdict with every test, as the collector signs it.
import { useLanguage } from '../i18n/language.tsx';
import { evidencePackPath } from '../lib/routes.ts';

export function EvidenceDownloads({ locationId }: { readonly locationId: string }) {
  const { language, texts } = useLanguage();
  return (
    <p className="subtle">
      {texts.location.evidencePack}{' '}
      <a href={evidencePackPath(locationId, 'zip', language)} download>
        {texts.location.evidenceZip}
      </a>{' '}
      ·{' '}
      <a href={evidencePackPath(locationId, 'pdf', language)} download>
        {texts.location.evidencePdf}
      </a>
    </p>
  );
}
