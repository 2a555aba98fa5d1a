/* SPDX-License-Identifier: Apache-2.0 */
#include "library/files/access.h"

bool access_allows_read(enum access access, enum proof proof)
{
	switch (access) {
	case ACCESS_PUBLIC:
		return true;
	case ACCESS_KEY:
		return proof != PROOF_NONE;
	case ACCESS_PRIVATE:
		return proof == PROOF_SIGNATURE || proof == PROOF_SECRET_KEY;
	}
	return false;
}

bool access_allows_delete(enum proof proof)
{
	return proof == PROOF_SIGNATURE || proof == PROOF_SECRET_KEY;
}
