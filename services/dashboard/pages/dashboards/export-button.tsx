import { Button } from '../../parts/button.js';
import { saveFile } from '../../parts/save-file.js';
import { type BoardFile, toFile } from './model/board.js';

/** Saves a dashboard as a file that can be imported. */
export function ExportButton({ file }: { readonly file: BoardFile }) {
  const save = () => {
    const name = file.title.replaceAll(/[^\w.-]+/g, '-').slice(0, 80) || 'dashboard';
    saveFile(`${name}.json`, 'application/json', toFile(file));
  };
  return (
    <Button icon="download" onClick={save}>
      Export
    </Button>
  );
}
