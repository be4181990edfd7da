/* catalogue_fixture: a catalogue for the test at hand: the installed one, or what a test reads. */
#ifndef TESTS_CATALOGUE_FIXTURE_H
#define TESTS_CATALOGUE_FIXTURE_H

#include "endpoint/catalogue.h"

extern struct catalogue catalogue;
extern struct arena arena;
extern struct err err;

/* Set up and tear down every test. */
void catalogue_set_up(void);
void catalogue_set_up_installed(void);
void catalogue_tear_down(void);

/* Fail the test for what is not in the catalogue. */
struct catalogue_target target_of(const char *name);
const struct catalogue_model *model_of(const char *name);

/* A price of 0 dollars is one that nobody states. */
#define UNSTATED 0.0
int64_t rate_of(double dollars);
int64_t input_rate_at(const char *name, const char *day, int64_t input_tokens);

#endif
