/** An address may carry a password wherever one is allowed: it is not to be shown. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/(\/\/[^/:@\s]*):[^/@\s]*@/g, '$1:***@');
}
