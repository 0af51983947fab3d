// The chosen language: kept in the browser, set on the document, and handed to every component
// with its texts and its forms of figures. Dutch until somebody chooses otherwise.
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { en } from './en.ts';
import { createFormats, type Formats } from './formats.ts';
import { isLanguage, type Language, type Messages } from './messages.ts';
import { nl } from './nl.ts';

const STORAGE_KEY = 'meetnet.language';
const MESSAGES: Record<Language, Messages> = { nl, en };

export interface LanguageContext {
  readonly language: Language;
  readonly texts: Messages;
  readonly formats: Formats;
  readonly choose: (language: Language) => void;
}

const Context = createContext<LanguageContext | undefined>(undefined);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(storedLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo<LanguageContext>(
    () => ({
      language,
      texts: MESSAGES[language],
      formats: createFormats(language),
      choose: (chosen) => {
        store(chosen);
        setLanguage(chosen);
      },
    }),
    [language],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLanguage(): LanguageContext {
  const context = use(Context);
  if (context === undefined) throw new Error('useLanguage is used outside LanguageProvider');
  return context;
}

/** The name of a language in itself, for the switch. */
export function nameOf(language: Language): string {
  return MESSAGES[language].language.name;
}

function storedLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return isLanguage(stored) ? stored : 'nl';
  } catch {
    return 'nl';
  }
}

function store(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage is refused: the choice lasts until the page is left.
  }
}
