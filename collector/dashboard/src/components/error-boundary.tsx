// Catches a fault in the pages themselves, so that it never leaves an empty screen. Given the
// page's address as its key, it forgets the fault when another page is shown.
import { Component, type ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Crash /> : this.props.children;
  }
}

function Crash() {
  const { texts } = useLanguage();
  return (
    <div className="notice notice--problem" role="alert">
      <h1 className="notice__title">{texts.problem.title}</h1>
      <p>{texts.problem.crash}</p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {texts.problem.reload}
      </button>
    </div>
  );
}
