// Starts the pages: styles, the data cache, the language, and the app in the document's root.
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.ts';
import { App } from './app.tsx';
import { LanguageProvider } from './i18n/language.tsx';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/controls.css';
import './style/notice.css';
import './style/verdict.css';
import './style/data-table.css';
import './style/locations.css';
import './style/location.css';
import './style/incidents.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the document has no element with id "root"');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <LanguageProvider>
        <App />
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
