// The list's state, held by the address. Typing shows at once and reaches the address a moment
// later: browsers refuse a flood of address changes, and Back should not undo letters.
import { useEffect, useRef, useState } from 'react';
import { navigate, useAddress } from './address.ts';
import { formatListState, type ListState, parseListState, withFilter } from './list-state.ts';

const TYPING_MS = 250;

export interface ListControls {
  readonly state: ListState;
  /** A step that Back undoes. */
  readonly change: (next: ListState) => void;
  readonly type: (text: string) => void;
}

export function useListState(): ListControls {
  const { pathname, search } = useAddress();
  const saved = parseListState(search);
  const [text, setText] = useState(saved.text);
  const written = useRef(saved.text);
  // The address moved by other means than typing (Back, a link): the field follows.
  useEffect(() => {
    if (saved.text === written.current) return;
    written.current = saved.text;
    setText(saved.text);
  }, [saved.text]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = setTimeout(() => {
      written.current = text;
      const next = withFilter(parseListState(window.location.search), { text });
      navigate(`${pathname}${formatListState(next)}`, 'replace');
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, pathname]);

  const state = text === saved.text ? saved : withFilter(saved, { text });
  return {
    state,
    change: (next) => {
      written.current = next.text;
      setText(next.text);
      navigate(`${pathname}${formatListState(next)}`);
    },
    type: setText,
  };
}
