import { type Command, Help, type Option } from 'commander';

/* Scripts that complete the command line in shells. They hold all that there is to know and do not run this program. */

/** A command as shells see it. */
interface Place {
  /** The words that lead to it, each with a space in front: ` topics plan`; empty for the program itself. */
  readonly path: string;
  /** What may follow: commands, or the values that the first argument may have; empty where it may be a file. */
  readonly words: readonly Word[];
  readonly options: readonly Option[];
}

interface Word {
  readonly text: string;
  readonly about: string;
}

const HELP = new Help();

function placesOf(command: Command, path = ''): Place[] {
  const words = [
    ...HELP.visibleCommands(command).map((one) => ({ text: one.name(), about: one.description() })),
    ...(command.registeredArguments[0]?.argChoices ?? []).map((text) => ({ text, about: '' })),
  ];
  const inner = command.commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`));
  return [{ path, words, options: HELP.visibleOptions(command) }, ...inner];
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const flag = (option: Option) => option.long ?? option.short ?? '';
const alternatives = (places: readonly Place[]) =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|');

/** The function that finds the command in the words before the cursor, then what may follow it. */
function bash(name: string, places: readonly Place[]): string {
  const list = (texts: readonly string[]) => quoted(texts.join(' '));
  return `# bash completion of ${name}
_${name}() {
  local at='' words='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${alternatives(places)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${places
  .map(
    ({ path, words, options }) =>
      `    ${quoted(path)}) words=${list(words.map(({ text }) => text))}; options=${list(options.map(flag))} ;;`,
  )
  .join('\n')}
  esac
  COMPREPLY=()
  if [[ \${COMP_WORDS[COMP_CWORD]} == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "\${COMP_WORDS[COMP_CWORD]}"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
# What is left may be files.
complete -o default -F _${name} ${name}`;
}

function zsh(name: string, places: readonly Place[]): string {
  const described = (list: readonly Word[]) =>
    list.map(({ text, about }) => quoted(`${text.replaceAll(':', '\\:')}:${about}`)).join(' ');
  return `#compdef ${name}
# zsh completion of ${name}
_${name}() {
  local at='' i
  local -a choices options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${alternatives(places)}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at" in
${places
  .map(
    ({ path, words, options }) => `    ${quoted(path)})
      choices=(${described(words)})
      options=(${described(options.map((one) => ({ text: flag(one), about: one.description })))}) ;;`,
  )
  .join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  elif (( \${#choices} )); then
    _describe command choices
  else
    _files
  fi
}
compdef _${name} ${name}`;
}

function fish(name: string, places: readonly Place[]): string {
  const at = (path: string) => `complete -c ${name} -n "__${name}_at ${quoted(path)}"`;
  const lines = places.flatMap(({ path, words, options }) => [
    ...words.map(({ text, about }) => `${at(path)} -f -a ${text} -d ${quoted(about)}`),
    ...options.map((one) => {
      const value = one.required || one.optional ? ' -r' : '';
      return `${at(path)} -l ${flag(one).replace(/^--/, '')}${value} -d ${quoted(one.description)}`;
    }),
  ]);
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `# fish completion of ${name}
function __${name}_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        contains -- "$at $word" ${paths.join(' ')}; and set at "$at $word"
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}`;
}

/** The shells, and for each the script that completes the commands of a program. */
export const COMPLETIONS: Readonly<Record<'bash' | 'zsh' | 'fish', (program: Command) => string>> = {
  bash: (program) => bash(program.name(), placesOf(program)),
  zsh: (program) => zsh(program.name(), placesOf(program)),
  fish: (program) => fish(program.name(), placesOf(program)),
};
