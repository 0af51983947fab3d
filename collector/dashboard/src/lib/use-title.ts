// The page's title, by which tabs, history and screen readers name it.
import { useEffect } from 'react';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === 'Meetnet' ? title : `${title} · Meetnet`;
  }, [title]);
}
