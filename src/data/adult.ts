import path from 'node:path';
import { KdlabError } from '../core/errors';
import { contentDigest, type Examples, type ImageDataset } from './dataset';
import { type LocatedFile, type LocateOptions, locate, readVerified } from './locate';
import type { RemoteDataset } from './remote';

/** Kohavi, "Scaling up the accuracy of naive-Bayes classifiers: a decision-tree hybrid", KDD 1996; the census of 1994. */
export const ADULT: RemoteDataset<'train' | 'test'> = {
  name: 'adult',
  title: 'Adult (census income)',
  mirrors: ['https://archive.ics.uci.edu/ml/machine-learning-databases/adult/'],
  files: {
    train: {
      name: 'adult.data',
      bytes: 3_974_305,
      sha256: '5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d',
    },
    test: {
      name: 'adult.test',
      bytes: 2_003_153,
      sha256: 'a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05',
    },
  },
};

/** Columns in the file's order: the largest value of a number, or the categories of the published description. */
const COLUMNS: readonly { readonly most?: number; readonly logarithmic?: true; readonly values?: readonly string[] }[] =
  [
    { most: 100 },
    words('Private Self-emp-not-inc Self-emp-inc Federal-gov Local-gov State-gov Without-pay Never-worked'),
    { most: 1_500_000 },
    words(
      'Bachelors Some-college 11th HS-grad Prof-school Assoc-acdm Assoc-voc 9th 7th-8th 12th Masters 1st-4th 10th Doctorate ' +
        '5th-6th Preschool',
    ),
    { most: 16 },
    words('Married-civ-spouse Divorced Never-married Separated Widowed Married-spouse-absent Married-AF-spouse'),
    words(
      'Tech-support Craft-repair Other-service Sales Exec-managerial Prof-specialty Handlers-cleaners Machine-op-inspct ' +
        'Adm-clerical Farming-fishing Transport-moving Priv-house-serv Protective-serv Armed-Forces',
    ),
    words('Wife Own-child Husband Not-in-family Other-relative Unmarried'),
    words('White Asian-Pac-Islander Amer-Indian-Eskimo Other Black'),
    words('Female Male'),
    { most: 100_000, logarithmic: true },
    { most: 100_000, logarithmic: true },
    { most: 100 },
    words(
      'United-States Cambodia England Puerto-Rico Canada Germany Outlying-US(Guam-USVI-etc) India Japan Greece South China ' +
        'Cuba Iran Honduras Philippines Italy Poland Jamaica Vietnam Mexico Portugal Ireland France Dominican-Republic Laos ' +
        'Ecuador Taiwan Haiti Columbia Hungary Guatemala Nicaragua Scotland Thailand Yugoslavia El-Salvador Trinadad&Tobago ' +
        'Peru Hong Holand-Netherlands',
    ),
  ];

const WIDTH = COLUMNS.reduce((sum, { values }) => sum + (values?.length ?? 1), 0);

function words(text: string): { readonly values: readonly string[] } {
  return { values: text.split(' ') };
}

/**
 * The 32,561 training and 16,281 test records of the census: whether a person earns more than 50,000 dollars a year. As images
 * [1, 105, 1]: numbers as shares of a fixed largest value in 256 steps, categories one-hot, an unknown value all zeros. The
 * scales and categories are those of the published description and not of the records, so that they tell nothing private. Throws
 * KdlabError where the files are absent or not the published ones.
 */
export async function loadAdult(options: LocateOptions): Promise<ImageDataset> {
  const files = await locate(ADULT, options);
  const content = { inputShape: [1, WIDTH, 1], classes: 2, train: read(files.train), test: read(files.test) } as const;
  const folders = new Set(Object.values<LocatedFile>(files).map((file) => path.dirname(file.path)));
  return { name: 'adult', digest: contentDigest(content), source: [...folders].join(', '), ...content };
}

function read(file: LocatedFile): Examples {
  const records = readVerified(file)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('|'));
  const images = new Uint8Array(records.length * WIDTH);
  const labels = new Uint8Array(records.length);
  records.forEach((record, row) => {
    const cells = record.split(', ');
    if (cells.length !== COLUMNS.length + 1)
      throw new KdlabError(`${file.path}: record ${row + 1} has ${cells.length} cells, expected ${COLUMNS.length + 1}`);
    labels[row] = cells.at(-1)!.startsWith('>50K') ? 1 : 0;
    let at = row * WIDTH;
    COLUMNS.forEach(({ most = 1, logarithmic, values }, column) => {
      const cell = cells[column]!;
      if (values === undefined) {
        const number = Number(cell);
        const share = logarithmic ? Math.log1p(number) / Math.log1p(most) : number / most;
        images[at++] = Math.round(255 * Math.min(1, share));
        return;
      }
      const found = values.indexOf(cell);
      if (found < 0 && cell !== '?')
        throw new KdlabError(`${file.path}: record ${row + 1}: "${cell}" is none of ${values.join(', ')}`);
      if (found >= 0) images[at + found] = 255;
      at += values.length;
    });
  });
  return { images, labels, count: records.length };
}
