// The Dutch grid (Rijksdriehoek, EPSG:28992) to degrees in WGS 84, by the polynomial of F.H.
// Schreutelkamp and G.L. Strang van Hees, "Benaderingsformules voor de transformatie tussen RD- en
// WGS84-kaartcoördinaten" (2001), formula 6 and table 4: within a metre over the Netherlands, which
// is less than a postcode's own size.

/** Onze Lieve Vrouwetoren in Amersfoort, where the grid and the polynomial begin. */
const ORIGIN = { x: 155_000, y: 463_000, latitude: 52.1551744, longitude: 5.38720621 } as const;

/** Power of dx, power of dy (both in 100 km), coefficient in seconds of arc. */
type Term = readonly [p: number, q: number, seconds: number];

const LATITUDE: readonly Term[] = [
  [0, 1, 3235.65389],
  [2, 0, -32.58297],
  [0, 2, -0.2475],
  [2, 1, -0.84978],
  [0, 3, -0.0655],
  [2, 2, -0.01709],
  [1, 0, -0.00738],
  [4, 0, 0.0053],
  [2, 3, -0.00039],
  [4, 1, 0.00033],
  [1, 1, -0.00012],
];
const LONGITUDE: readonly Term[] = [
  [1, 0, 5260.52916],
  [1, 1, 105.94684],
  [1, 2, 2.45656],
  [3, 0, -0.81885],
  [1, 3, 0.05594],
  [3, 1, -0.05607],
  [0, 1, 0.01199],
  [3, 2, -0.00256],
  [1, 4, 0.00128],
  [0, 2, 0.00022],
  [2, 0, -0.00022],
  [5, 0, 0.00026],
];

/** `x` and `y` in metres; degrees. */
export function rdToWgs84(x: number, y: number): { latitude: number; longitude: number } {
  const dx = (x - ORIGIN.x) * 1e-5;
  const dy = (y - ORIGIN.y) * 1e-5;
  const sum = (terms: readonly Term[]) =>
    terms.reduce((total, [p, q, seconds]) => total + seconds * dx ** p * dy ** q, 0);
  return {
    latitude: ORIGIN.latitude + sum(LATITUDE) / 3600,
    longitude: ORIGIN.longitude + sum(LONGITUDE) / 3600,
  };
}
