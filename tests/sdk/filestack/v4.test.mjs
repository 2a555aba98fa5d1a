// SPDX-License-Identifier: Apache-2.0
import { tellGeneration } from './suite.mjs';

tellGeneration('4.3.8');
