#!/usr/bin/env node
// The `tactus` command: runs the build, which it brings up to date first where there is a compiler.
import { ensureBuilt } from './build.mjs';
import { onProjectNode } from './project-node.mjs';

if ((await onProjectNode()) && ensureBuilt()) await import('../../../dist/services/cli/tactus.js');
else process.exitCode = 1;
