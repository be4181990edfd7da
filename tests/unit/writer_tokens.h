/* writer_tokens: whether the tokens that a writer adds up are those that the tokenizer counts. */
#ifndef TESTS_WRITER_TOKENS_H
#define TESTS_WRITER_TOKENS_H

#include "generators/grammar.h"
#include "generators/writer.h"

#include "token/token.h"

#include <check.h>

/* Where the texts of a grammar meet in every way: what is added up must be what is counted. */
static inline void check_tokens(const struct grammar *grammar, struct token_session *session,
                                uint64_t index)
{
    struct random random = random_stream(4, STR("counted"), index);
    struct writer_task task = {random_below(&random, grammar->format_count),
                               random_below(&random, grammar->topic_count), 0};
    struct err err = {0};
    struct buf out;
    uint64_t added = 0;
    uint64_t counted = 0;

    buf_init(&out, WRITER_REPLY_BYTES_MAX);
    added = writer_reply_counted(grammar, &task, random, session, &out);
    ck_assert_int_eq(token_session_count(session, buf_str(&out), &counted, &err), 0);
    ck_assert_msg(added == counted, "%llu, not %llu tokens: %s", (unsigned long long)added,
                  (unsigned long long)counted, out.p);
    buf_release(&out);
}

/* Of so many replies; frees the grammar. */
static inline void check_all_tokens(struct grammar *grammar, uint64_t replies)
{
    struct tokenizer *tokenizer = NULL;
    struct token_session *session = NULL;
    struct err err = {0};

    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
    ck_assert_int_eq(token_session_new(&session, tokenizer, 1 << 20, &err), 0);
    ck_assert_int_eq(grammar_count_tokens(grammar, NULL, tokenizer, &err), 0);
    for (uint64_t i = 0; i < replies; i++) {
        check_tokens(grammar, session, i);
    }
    token_session_free(session);
    tokenizer_free(tokenizer);
    grammar_free(grammar);
}

#endif
