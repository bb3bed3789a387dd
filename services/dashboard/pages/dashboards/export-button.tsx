import { Button } from '../../parts/button.js';
import { type BoardFile, toFile } from './model/board.js';

/** Saves a dashboard as a file that can be imported. */
export function ExportButton({ file }: { readonly file: BoardFile }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([toFile(file)], { type: 'application/json' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = `${file.title.replaceAll(/[^\w.-]+/g, '-').slice(0, 80) || 'dashboard'}.json`;
    anchor.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button icon="download" onClick={save}>
      Export
    </Button>
  );
}
