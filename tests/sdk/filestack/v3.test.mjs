// SPDX-License-Identifier: Apache-2.0
import { tellGeneration } from './suite.mjs';

tellGeneration('3.11.0');
