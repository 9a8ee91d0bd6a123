import * as echarts from 'echarts';

export const FONT = 'system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif';

/**
 * Draws an ECharts option without a browser, size in CSS pixels. Colours may be CSS variables. `name` makes its ids
 * unlike those of the page's other drawings; the same option and name give the same text.
 */
export function drawSvg(name: string, width: number, height: number, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT, fontSize: 12 }, ...option });
    return cleaned(chart.renderToSVGString(), name);
  } finally {
    chart.dispose();
  }
}

/** Without what only a live chart needs (hover styles, indices), and with page-wide unique ids. */
function cleaned(svg: string, name: string): string {
  return svg
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+|xmlns|xmlns:xlink|version|baseProfile)="[^"]*"/g, '')
    .replace(/(\bid="|url\(#)zr\d+-/g, `$1${name}-`)
    .replace('<svg ', '<svg aria-hidden="true" focusable="false" ')
    .replace(/\n\s*/g, '');
}
