/** The colours of the report, on a light page. */
const COLORS: Readonly<Record<string, string>> = { teacher: '#0a6eb4', student: '#c8500a', baseline: '#0b7f62' };

export function roleColor(role: string): string {
  return COLORS[role] ?? '#7a4fb5';
}
