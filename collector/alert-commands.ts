// The commands on alerts: what is wrong, who is told, and whether mail can be sent.
import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  INCIDENT_KINDS,
  type QuietHours,
  type Recipient,
  recipientFactsSchema,
} from '#shared/model/incident.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { CollectorEdge } from './edge.ts';
import { openRegistryOf } from './open-registry.ts';
import type { StoreOptions } from './stores.ts';

type Stores = () => Promise<StoreOptions>;

interface ListFlags {
  readonly status: 'open' | 'closed' | 'all';
  readonly board?: string;
  readonly json?: true;
}

interface AddFlags {
  readonly mail?: string;
  readonly account?: string;
  readonly webhook?: string;
  readonly feed?: true;
  readonly board?: readonly string[];
  readonly kind?: readonly string[];
  readonly pace: string;
  readonly quietHours?: QuietHours;
  readonly language: string;
}

const MOST = 1000;

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addAlertCommands(program: Command, edge: CollectorEdge, stores: Stores): void {
  const alerts = program.command('alerts').description('what is wrong, and who is told of it');
  alerts
    .command('list')
    .description('a line an incident: when it opened, kind, locations, what it is, who saw to it')
    .addOption(
      new Option('--status <status>', 'which').choices(['open', 'closed', 'all']).default('open'),
    )
    .option('--board <number>', 'only of this board, such as 41234')
    .option('--json', 'one JSON object an incident')
    .action((flags: ListFlags) => list(edge, stores, flags));
  alerts
    .command('test')
    .description('send a mail now, and print what the mail server said')
    .argument('<address>', 'where to')
    .action((address: string) => test(edge, stores, address));
  addRecipientCommands(alerts, edge, stores);
}

function addRecipientCommands(alerts: Command, edge: CollectorEdge, stores: Stores): void {
  const recipients = alerts.command('recipients').description('who is told');
  recipients
    .command('list')
    .description('one JSON object a recipient')
    .action(async () => {
      await using registry = await openRegistryOf(stores);
      for (const each of await registry.alerts.recipients())
        edge.stdout(`${JSON.stringify(each)}\n`);
    });
  recipients
    .command('add')
    .description(
      'tell somebody; prints the id, and of a webhook the secret that signs its messages, of a feed its link',
    )
    .argument('<name>', 'who it is')
    .addOption(new Option('--mail <address>', 'to this address').conflicts(['account', 'webhook']))
    .addOption(
      new Option('--account <e-mail>', 'to this account, of what it sees').conflicts('webhook'),
    )
    .option('--webhook <url>', 'to this address, as signed JSON')
    .addOption(
      new Option('--feed', 'an Atom feed for whoever has its link').conflicts([
        ...['mail', 'account', 'webhook'],
      ]),
    )
    .option('--board <number...>', 'only of locations of these boards; else of all')
    .option('--kind <kind...>', `only of these: ${INCIDENT_KINDS.join(', ')}`)
    .option('--pace <pace>', 'at_once, daily or weekly', 'at_once')
    .option('--quiet-hours <from-to>', 'nothing in these hours, such as 22-7', quietHours)
    .option('--language <language>', 'nl or en', 'nl')
    .action((name: string, flags: AddFlags) => add(edge, stores, name, flags));
  recipients
    .command('remove')
    .description('tell somebody no more')
    .argument('<id>', 'of the recipient')
    .action(async (id: string) => {
      await using registry = await openRegistryOf(stores);
      if (await registry.alerts.removeRecipient(id)) return;
      throw new AppError('not_found', `there is no recipient ${id}; see: alerts recipients list`);
    });
}

async function list(edge: CollectorEdge, stores: Stores, flags: ListFlags): Promise<void> {
  const { openRegistry } = await import('./stores.ts');
  const { incidentText } = await import('./alerts/incident-texts.ts');
  await using registry = await openRegistry(await stores());
  const incidents = await registry.alerts.incidents({
    ...{ status: flags.status, limit: MOST },
    ...(flags.board === undefined ? {} : { boardIds: [flags.board] }),
  });
  const names = new Map((await registry.locations(undefined, 'all')).map((l) => [l.id, l.name]));
  const nameOf = (id: string) => `${names.get(id) ?? ''} (${id})`.trim();
  for (const incident of incidents) {
    if (flags.json) {
      edge.stdout(`${JSON.stringify(incident)}\n`);
      continue;
    }
    const { openedAt, closedAt, kind, members, acknowledgements } = incident;
    const by = acknowledgements.map((each) => each.by.name);
    const columns = [
      `${new Date(openedAt).toISOString()}`,
      closedAt === null ? 'open' : `closed ${new Date(closedAt).toISOString()}`,
      kind,
      incidentText(incident, members, nameOf).en,
      by.length === 0 ? 'nobody saw to it' : `seen to by ${by.join(', ')}`,
    ];
    edge.stdout(`${columns.join('\t')}\n`);
  }
}

async function test(edge: CollectorEdge, stores: Stores, address: string): Promise<void> {
  const { mailOf } = await import('./config/mail.ts');
  const { createMailTransport } = await import('./alerts/send/mail-transport.ts');
  const { mailFate } = await import('./alerts/send/mail-fate.ts');
  const mail = mailOf((await stores()).settings);
  if (mail === undefined) {
    throw new AppError(
      'bad_settings',
      'no mail is sent: set MEETNET_SMTP_URL and MEETNET_MAIL_FROM',
    );
  }
  const text = 'Meldingen van Meetnet komen op dit adres aan.\n';
  const message = { id: randomUUID(), to: address, subject: 'Proefbericht van Meetnet', text };
  try {
    edge.stdout(`${await createMailTransport(mail).send(message)}\n`);
  } catch (cause) {
    const { why } = mailFate(cause);
    throw new AppError('unreachable', `${mail.host}:${mail.port} did not take the mail: ${why}`, {
      cause,
    });
  }
}

async function add(
  edge: CollectorEdge,
  stores: Stores,
  name: string,
  flags: AddFlags,
): Promise<void> {
  const options = await stores();
  const { openRegistry } = await import('./stores.ts');
  const { newSecret } = await import('./api/secrets.ts');
  const { feedUrlOf, storedSecret } = await import('./api/recipient-secret.ts');
  const { publicUrlOf } = await import('./config/addresses.ts');
  const { checkWebhookUrl } = await import('./alerts/send/webhook-address.ts');
  await using registry = await openRegistry(options);
  const channel = await channelOf(registry, flags);
  const parsed = recipientFactsSchema.safeParse({
    ...{ name, channel, boardIds: flags.board ?? null, kinds: flags.kind ?? null },
    ...{ pace: flags.pace, quietHours: flags.quietHours ?? null, language: flags.language },
  });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new AppError('bad_usage', faults.join('; '));
  }
  const known = new Set((await registry.boards(undefined)).map(({ id }) => id));
  const unknown = (flags.board ?? []).filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new AppError('bad_usage', `--board ${unknown.join(' ')}: there is no such board`);
  }
  if (flags.webhook !== undefined) {
    const isPrivate = options.settings.webhookPrivate === 'allowed';
    checkWebhookUrl(flags.webhook, isPrivate ? 'private_too' : 'internet');
  }
  const secret = newSecret(systemRandom);
  const recipient: Recipient = {
    ...parsed.data,
    ...{ id: randomUUID(), createdAt: options.clock.now() },
  };
  const { kind } = recipient.channel;
  await registry.alerts.addRecipient(recipient, storedSecret(kind, secret));
  edge.stdout(`${recipient.id}\n`);
  if (kind === 'webhook') edge.stdout(`${secret}\n`);
  if (kind === 'feed') {
    edge.stdout(`${feedUrlOf(publicUrlOf(options.settings, options.settings), secret)}\n`);
  }
}

async function channelOf(
  registry: { people(): Promise<{ id: string; email: string }[]> },
  { mail, account, webhook, feed }: AddFlags,
) {
  if (mail !== undefined) return { kind: 'mail', address: mail };
  if (webhook !== undefined) return { kind: 'webhook', url: webhook };
  if (feed) return { kind: 'feed' };
  if (account === undefined) {
    throw new AppError('bad_usage', 'say where to: --mail, --account, --webhook or --feed');
  }
  const wanted = account.trim().toLowerCase();
  const person = (await registry.people()).find(({ email }) => email.toLowerCase() === wanted);
  if (person !== undefined) return { kind: 'person', personId: person.id };
  throw new AppError('not_found', `there is no account ${account}`);
}

function quietHours(text: string): QuietHours {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(text);
  const [fromHour, toHour] = [Number(match?.[1] ?? 24), Number(match?.[2] ?? 24)];
  if (fromHour < 24 && toHour < 24 && fromHour !== toHour) return { fromHour, toHour };
  throw new InvalidArgumentError('It must be two hours from 0 to 23, such as 22-7.');
}
