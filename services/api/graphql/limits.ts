import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { TactusError } from '../../../shared/core/errors.js';

/** What one document may ask for. */
export interface DocumentLimits {
  readonly maxDepth: number;
  /**
   * Fields of the root, and those below it that take arguments: each is a query, of however many objects. So is a field that is asked for
   * under a second name, since it is in the answer twice.
   */
  readonly maxReads: number;
  readonly maxFields: number;
  readonly maxCost: number;
}

export interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What is answered by looking at what a topic or the history has, or as so many points as there may be. */
const EXPENSIVE = new Set([
  ...['queryMetric', 'aggregateMetric', 'deadLetter', 'deadLetters', 'previewSilence'],
  ...['checkRules', 'testRules', 'backtestRules'],
]);
const EXPENSIVE_COST = 2_500;
/** Of a field of the root: it is what a request of REST is. */
const ROOT_COST = 10;
/** Of lists that no argument bounds. */
const ASSUMED_LENGTH = 5;
/** Of a list by its argument, before it is known to be one that is allowed. */
const MAX_LENGTH = 1_000;

/**
 * Refuses what asks for too much before any of it is done. The cost is about how many objects the answer may have: of a list as many as
 * its `limit` times what each of them costs, and a bit for each field of the root; numbers and texts of an object are no further cost.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export function requireRoom(asked: Asked, limits: DocumentLimits): { readonly cost: number } {
  return { cost: new Measure(asked, limits).operation() };
}

type Fields = Readonly<Record<string, GraphQLField<unknown, unknown>>>;

class Measure {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** Names that fields have in the answer, by type and field. */
  readonly #names = new Map<string, string>();
  #fields = 0;
  #reads = 0;

  constructor(
    private readonly asked: Asked,
    private readonly limits: DocumentLimits,
  ) {
    for (const one of asked.document.definitions)
      if (one.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(one.name.value, one);
  }

  operation(): number {
    const { schema, operation } = this.asked;
    const root = schema.getRootType(operation.operation);
    const cost = root ? this.#selection(operation.selectionSet, root, 1, null) : 0;
    if (cost > this.limits.maxCost)
      throw tooLarge(
        'costs',
        cost,
        this.limits.maxCost,
        'TACTUS_API_GRAPHQL_MAX_COST',
        'ask with a lower limit, or in several requests',
      );
    return cost;
  }

  /** @param length of the list `items`, where the field above is a page */
  #selection(set: SelectionSetNode, type: GraphQLNamedType, depth: number, length: number | null): number {
    const { maxDepth } = this.limits;
    if (depth > maxDepth)
      throw tooLarge(
        'is nested',
        depth,
        maxDepth,
        'TACTUS_API_GRAPHQL_MAX_DEPTH',
        'ask for less in one request',
      );
    let cost = 0;
    for (const one of set.selections) {
      if (depth === 1) this.#requireWhole(one);
      if (one.kind === Kind.FIELD) cost += this.#field(one, type, depth, length);
      else {
        const fragment = one.kind === Kind.INLINE_FRAGMENT ? one : this.#fragments.get(one.name.value);
        const name = fragment?.typeCondition?.name.value;
        const of = name === undefined ? type : this.asked.schema.getType(name);
        // Spreads within spreads are as many fields as they stand for.
        this.#count();
        if (fragment !== undefined && of) cost += this.#selection(fragment.selectionSet, of, depth, length);
      }
    }
    return cost;
  }

  /** A subscription without its field cannot be executed: the draft of GraphQL of 2025 has no conditions there either. */
  #requireWhole({ directives = [] }: SelectionNode): void {
    if (this.asked.operation.operation !== 'subscription' || directives.length === 0) return;
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      'the field of a subscription is there or not: allowed is one without @skip and @include',
    );
  }

  #field(node: FieldNode, type: GraphQLNamedType, depth: number, length: number | null): number {
    this.#count();
    const isRoot = depth === 1;
    const { selectionSet } = node;
    const field = fieldsOf(type)[node.name.value];
    const isRead = isRoot ? node.name.value !== '__typename' : (field?.args.length ?? 0) > 0;
    if (isRead || this.#isRepeated(node, type)) this.#countRead();
    // Introspection, which has a bound of its own, and names of types.
    if (field === undefined) return selectionSet === undefined ? 0 : this.#introspection(selectionSet);
    const own = isRoot ? (EXPENSIVE.has(field.name) ? EXPENSIVE_COST : ROOT_COST) : 0;
    const of = getNamedType(field.type);
    if (selectionSet === undefined || !isCompositeType(of)) return own;
    const limit = this.#limitOf(node, field);
    const times = isList(field.type)
      ? (limit ?? (field.name === 'items' ? length : null) ?? ASSUMED_LENGTH)
      : 1;
    return own + times * (1 + this.#selection(selectionSet, of, depth + 1, limit));
  }

  /** Whether the field was met under another name: a large text would be in the answer as often as there are names. */
  #isRepeated({ name, alias = name }: FieldNode, type: GraphQLNamedType): boolean {
    const field = `${type.name}.${name.value}`;
    const known = this.#names.get(field);
    if (known === undefined) this.#names.set(field, alias.value);
    return known !== undefined && known !== alias.value;
  }

  #introspection(set: SelectionSetNode): 0 {
    for (const one of set.selections) {
      this.#count();
      const inner = one.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(one.name.value) : one;
      if (inner?.selectionSet !== undefined) this.#introspection(inner.selectionSet);
    }
    return 0;
  }

  /** What the argument `limit` is, if the field has it. */
  #limitOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number | null {
    const argument = field.args.find(({ name }) => name === 'limit');
    if (argument === undefined) return null;
    const given = node.arguments?.find(({ name }) => name.value === 'limit')?.value;
    const value =
      given?.kind === Kind.INT
        ? Number(given.value)
        : given?.kind === Kind.VARIABLE
          ? (this.#variable(given.name.value) ?? argument.defaultValue)
          : argument.defaultValue;
    return typeof value === 'number' && value >= 1 && value <= MAX_LENGTH ? value : MAX_LENGTH;
  }

  /** As it was sent, or else as the document has it by default. */
  #variable(name: string): unknown {
    const { operation, variables } = this.asked;
    if (Object.hasOwn(variables, name)) return variables[name];
    const declared = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    return declared?.defaultValue && valueFromASTUntyped(declared.defaultValue);
  }

  #count(): void {
    const { maxFields } = this.limits;
    this.#fields += 1;
    if (this.#fields > maxFields)
      throw tooLarge(
        'has fields',
        this.#fields,
        maxFields,
        'TACTUS_API_GRAPHQL_MAX_TOKENS',
        'ask for less in one request',
      );
  }

  #countRead(): void {
    const { maxReads } = this.limits;
    this.#reads += 1;
    if (this.#reads > maxReads)
      throw tooLarge(
        'takes reads',
        this.#reads,
        maxReads,
        'TACTUS_API_GRAPHQL_MAX_READS',
        'ask in several requests',
      );
  }
}

function fieldsOf(type: GraphQLNamedType): Fields {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function tooLarge(what: string, value: number, most: number, key: string, remedy: string): TactusError {
  return new TactusError(
    'TACTUS_QUERY_TOO_LARGE',
    `the document ${what} ${value}; allowed are at most ${most} (${key}): ${remedy}`,
  );
}
