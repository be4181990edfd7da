/* latent_read: the text of corpora/latent -> families, rows and names. Private to latent_bank. */
#ifndef GENERATORS_LATENT_READ_H
#define GENERATORS_LATENT_READ_H

#include "generators/latent_bank.h"

/* Both parse a whole file, borrowed by the bank from then on, into the bank's arena. ERR_INPUT says
 * which line of `path` is not of the form. */
int latent_read_families(struct latent_bank *bank, const char *path, struct str text,
                         struct err *err);
int latent_read_names(struct latent_bank *bank, const char *path, struct str text, struct err *err);

#endif
