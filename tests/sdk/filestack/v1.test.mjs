// SPDX-License-Identifier: Apache-2.0
import { tellGeneration } from './suite.mjs';

tellGeneration('1.14.1');
