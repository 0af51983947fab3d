// Chooses the language of the pages; each is named in itself.
import { nameOf, useLanguage } from '../i18n/language.tsx';
import { LANGUAGES } from '../i18n/messages.ts';

export function LanguageSwitch() {
  const { language, texts, choose } = useLanguage();
  return (
    <fieldset className="language-switch">
      <legend className="visually-hidden">{texts.language.choose}</legend>
      {LANGUAGES.map((option) => (
        <button
          key={option}
          type="button"
          lang={option}
          aria-pressed={option === language}
          title={nameOf(option)}
          onClick={() => choose(option)}
        >
          <span aria-hidden="true">{option.toUpperCase()}</span>
          <span className="visually-hidden">{nameOf(option)}</span>
        </button>
      ))}
    </fieldset>
  );
}
