// A link to another page of ours: a real address, followed without loading the pages anew.
import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { navigate } from '../lib/address.ts';

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { readonly to: string };

export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // With a modifier the person wants the browser's own way: a new tab, a download.
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
    if (!isPlain || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
