/* sim_talk: conversations written by hand, for the tests of src/sim. */
#ifndef TESTS_UNIT_SIM_TALK_H
#define TESTS_UNIT_SIM_TALK_H

#include "base/err.h"
#include "base/str.h"
#include "sim/conversation.h"

#include <check.h>

static inline void talk_add(struct conversation *talk, enum role role, const char *text)
{
    struct err err = {0};

    ck_assert_int_eq(conversation_begin(talk, &err), 0);
    talk->messages[talk->count - 1].role = role;
    ck_assert_int_eq(conversation_append(talk, str_from(text), &err), 0);
}

/* An ask and its reply. */
static inline void talk_turn(struct conversation *talk, const char *ask, const char *reply)
{
    talk_add(talk, ROLE_USER, ask);
    talk_add(talk, ROLE_ASSISTANT, reply);
}

#endif
