// A4 sheets to write blocks on, one below the other: headings, paragraphs, tables and figures, each
// tagged for what it is, with numbered pages. Knows nothing of what is said.
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';

export const INK = '#1f2430';
export const SUBTLE = '#5b6270';
const RULE = '#c9cdd6';
const MARGIN = 42;
const FOOT = 34;
const LINE_GAP = 1.2;
const CELL_PADDING = 2.2;

const FONTS = {
  regular: fontFile('DejaVuSansCondensed'),
  bold: fontFile('DejaVuSansCondensed-Bold'),
} as const;

export interface PaperOptions {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly madeAt: Date;
  /** Below each page, left of its number. */
  readonly foot: string;
  readonly pageOf: (page: number, pages: number) => string;
}

export interface PaperColumn {
  readonly head: string;
  /** Points; what is left is for the columns without. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  /** One line is enough: what does not fit is a fault of the width. */
  readonly isShort?: boolean;
}

interface TextStyle {
  readonly size?: number;
  readonly isBold?: boolean;
  readonly colour?: string;
  /** Points below it. */
  readonly after?: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Drawing = PDFKit.PDFDocument;
type StructureElement = ReturnType<Drawing['struct']>;
type StructureOptions = NonNullable<Parameters<Drawing['struct']>[1]>;

/** What the library takes and its types do not know yet. */
interface MoreOptions extends StructureOptions {
  readonly bbox?: [number, number, number, number];
  readonly scope?: 'Column';
}

type Tag = 'H1' | 'H2' | 'P' | 'Figure' | 'TH' | 'TD';

export class Paper {
  readonly #doc: Drawing;
  readonly #root: StructureElement;
  readonly #options: PaperOptions;
  readonly #bytes: Promise<Uint8Array>;

  constructor(options: PaperOptions) {
    this.#options = options;
    this.#doc = new PDFDocument({
      ...{ size: 'A4', margin: MARGIN, pdfVersion: '1.7', bufferPages: true },
      ...{ tagged: true, displayTitle: true, lang: options.language, font: FONTS.regular },
      info: {
        ...{ Title: options.title, Author: 'Meetnet', Creator: 'Meetnet', Producer: 'pdfkit' },
        ...{ CreationDate: options.madeAt, ModDate: options.madeAt },
      },
    });
    this.#bytes = collect(this.#doc);
    this.#root = this.#doc.struct('Document');
    this.#doc.addStructure(this.#root);
  }

  heading(level: 1 | 2, text: string): void {
    const size = level === 1 ? 17 : 11.5;
    this.#room(level === 1 ? 40 : 70);
    if (level === 2) this.#doc.y += 5;
    this.#text(`H${level}`, text, { size, isBold: true, after: 3 });
  }

  paragraph(text: string, style: TextStyle = {}): void {
    this.#text('P', text, style);
  }

  /** A paragraph that is seen first, with a bar of that colour beside it. */
  callout(text: string, colour: string): void {
    const doc = this.#doc;
    this.#style({ size: 10.5, isBold: true });
    const [indent, padding] = [12, 5];
    const width = this.#width - indent;
    const height = doc.heightOfString(text, { width, lineGap: LINE_GAP }) + 2 * padding;
    this.#room(height);
    const { y } = doc;
    this.#artifact(() => doc.rect(MARGIN, y, 4, height).fill(colour));
    this.#style({ size: 10.5, isBold: true });
    this.#add('P', () =>
      doc.text(text, MARGIN + indent, y + padding, { width, lineGap: LINE_GAP }),
    );
    doc.y = y + height + 5;
  }

  table(columns: readonly PaperColumn[], rows: readonly (readonly string[])[], size = 8): void {
    const doc = this.#doc;
    const widths = this.#widths(columns);
    const table = doc.struct('Table');
    this.#root.add(table);
    const head = columns.map((column) => column.head);
    const heightOf = (cells: readonly string[], isBold: boolean) => {
      this.#style({ size, isBold });
      const heights = cells.map((text, index) =>
        columns[index]?.isShort === true && !isBold
          ? 0
          : doc.heightOfString(text, { width: (widths[index] ?? 0) - 2 * CELL_PADDING }),
      );
      return Math.max(doc.currentLineHeight(true), ...heights) + 2 * CELL_PADDING;
    };
    const headHeight = heightOf(head, true);
    this.#room(headHeight + heightOf(rows[0] ?? [], false));
    this.#row(table, 'TH', head, { columns, widths, size, height: headHeight });
    for (const cells of rows) {
      const height = heightOf(cells, false);
      if (doc.y + height > this.#bottom) {
        doc.addPage();
        // Said once to those who listen, and again to those who look.
        this.#row(undefined, 'TH', head, { columns, widths, size, height: headHeight });
      }
      this.#row(table, 'TD', cells, { columns, widths, size, height });
    }
    table.end();
    doc.y += 6;
  }

  /** `draw` gets the box that the figure has for itself. */
  figure(height: number, alt: string, draw: (doc: Drawing, box: Box) => void): void {
    this.#room(height);
    const { y } = this.#doc;
    const box = { x: MARGIN, y, width: this.#width, height };
    const bbox: [number, number, number, number] = [
      ...([box.x, y, box.x + box.width, y + height] as const),
    ];
    this.#style({ size: 7 });
    this.#add('Figure', () => draw(this.#doc, box), { alt, bbox });
    this.#doc.y = y + height + 4;
  }

  newPage(): void {
    this.#doc.addPage();
  }

  finish(): Promise<Uint8Array> {
    const doc = this.#doc;
    this.#root.end();
    const { start, count } = doc.bufferedPageRange();
    for (let page = start; page < start + count; page += 1) {
      doc.switchToPage(page);
      // Text so low would open another page.
      doc.page.margins.bottom = 0;
      this.#artifact(() => {
        this.#style({ size: 7, colour: SUBTLE });
        const y = doc.page.height - FOOT;
        const number = this.#options.pageOf(page - start + 1, count);
        doc.text(this.#options.foot, MARGIN, y, { lineBreak: false });
        const x = doc.page.width - MARGIN - doc.widthOfString(number);
        doc.text(number, x, y, { lineBreak: false });
      });
    }
    doc.end();
    return this.#bytes;
  }

  get #width(): number {
    return this.#doc.page.width - 2 * MARGIN;
  }

  get #bottom(): number {
    return this.#doc.page.height - FOOT - 12;
  }

  /** Another page where less than `height` is left of this one. */
  #room(height: number): void {
    if (this.#doc.y + height > this.#bottom) this.#doc.addPage();
  }

  #style({ size = 8.5, isBold = false, colour = INK }: TextStyle): void {
    this.#doc
      .font(isBold ? FONTS.bold : FONTS.regular)
      .fontSize(size)
      .fillColor(colour);
  }

  #text(tag: Tag, text: string, style: TextStyle): void {
    const options = { width: this.#width, lineGap: LINE_GAP };
    this.#style(style);
    this.#room(this.#doc.heightOfString(text, options));
    const { y } = this.#doc;
    this.#style(style);
    this.#add(tag, () => this.#doc.text(text, MARGIN, y, options));
    this.#doc.y += style.after ?? 4;
  }

  #add(tag: Tag, content: () => void, options: MoreOptions = {}): void {
    this.#root.add(this.#element(tag, content, options));
  }

  #element(tag: Tag, content: () => void, options: MoreOptions = {}): StructureElement {
    return this.#doc.struct(tag, options, content);
  }

  #artifact(draw: () => void): void {
    this.#doc.markContent('Artifact');
    draw();
    this.#doc.endMarkedContent();
  }

  #widths(columns: readonly PaperColumn[]): readonly number[] {
    const given = columns.reduce((sum, { width = 0 }) => sum + width, 0);
    const open = columns.filter(({ width }) => width === undefined).length;
    return columns.map(({ width }) => width ?? (this.#width - given) / open);
  }

  #row(
    table: StructureElement | undefined,
    tag: 'TH' | 'TD',
    cells: readonly string[],
    shape: {
      readonly columns: readonly PaperColumn[];
      readonly widths: readonly number[];
      readonly size: number;
      readonly height: number;
    },
  ): void {
    const doc = this.#doc;
    const { columns, widths, size, height } = shape;
    const top = doc.y;
    const style = { size, isBold: tag === 'TH' };
    const cell = (text: string, index: number, x: number) => () => {
      this.#style(style);
      const { align = 'left', isShort } = columns[index] ?? {};
      const width = (widths[index] ?? 0) - 2 * CELL_PADDING;
      if (isShort !== true || tag === 'TH') {
        doc.text(text, x + CELL_PADDING, top + CELL_PADDING, { width, align });
        return;
      }
      // Without the machinery that breaks lines, which costs most of a long table's time.
      const at =
        align === 'right' ? x + CELL_PADDING + width - doc.widthOfString(text) : x + CELL_PADDING;
      doc.text(text, at, top + CELL_PADDING, { lineBreak: false });
    };
    let x = MARGIN;
    const contents = cells.map((text, index) => {
      const content = cell(text, index, x);
      x += widths[index] ?? 0;
      return content;
    });
    if (table === undefined) {
      this.#artifact(() => {
        for (const content of contents) content();
      });
    } else {
      const row = doc.struct('TR');
      table.add(row);
      for (const content of contents) {
        row.add(this.#element(tag, content, tag === 'TH' ? { scope: 'Column' } : {}));
      }
      row.end();
    }
    const below = top + height;
    this.#artifact(() =>
      doc
        .moveTo(MARGIN, below)
        .lineTo(MARGIN + this.#width, below)
        .lineWidth(tag === 'TH' ? 0.8 : 0.3)
        .stroke(RULE),
    );
    doc.y = below;
  }
}

function fontFile(name: string): string {
  return fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
}

function collect(doc: Drawing): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    doc.on('data', (piece: Uint8Array) => pieces.push(piece));
    doc.on('end', () => resolve(Uint8Array.from(Buffer.concat(pieces))));
    doc.on('error', reject);
  });
}
