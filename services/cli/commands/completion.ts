import { Argument, type Command } from 'commander';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { action } from '../program/action.js';
import { help } from '../program/options.js';
import { say } from '../program/output.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `tactus completion`. */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(
      action(async (shell: (typeof SHELLS)[number]) => {
        const { COMPLETIONS } = await import('../program/completion.js');
        say(COMPLETIONS[shell](program));
        return EXIT.done;
      }),
    );
  help(command, {
    details: `
The script is for a \`tactus\` on the PATH and does not run it. To have it in every new shell:

  bash   echo 'source <(tactus completion bash)' >> ~/.bashrc
  zsh    echo 'source <(tactus completion zsh)' >> ~/.zshrc, below the line that calls compinit
  fish   tactus completion fish > ~/.config/fish/completions/tactus.fish`,
    examples: ['source <(tactus completion bash)'],
  });
}
