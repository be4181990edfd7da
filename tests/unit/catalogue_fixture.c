#include "catalogue_fixture.h"

#include "base/file.h"

#include <check.h>

struct catalogue catalogue;
struct arena arena;
struct err err;

void catalogue_set_up(void)
{
    err = (struct err){ERR_NONE, ""};
}

void catalogue_set_up_installed(void)
{
    struct buf path;
    struct buf bytes;
    struct catalogue_source source;

    catalogue_set_up();
    buf_init(&path, 4096);
    buf_init(&bytes, 1U << 24);
    ck_assert_msg(file_data_path("models.json", &path, &err) == 0, "%s", err.text);
    ck_assert_msg(file_read(path.p, &bytes, &err) == 0, "%s", err.text);
    source = (struct catalogue_source){path.p, buf_str(&bytes)};
    ck_assert_msg(catalogue_read(&catalogue, &source, 1, &err) == 0, "%s", err.text);
    buf_release(&path);
    buf_release(&bytes);
}

void catalogue_tear_down(void)
{
    catalogue_release(&catalogue);
    arena_release(&arena);
}

struct catalogue_target target_of(const char *name)
{
    struct catalogue_target target = {NULL};

    ck_assert_msg(catalogue_find(&catalogue, str_from(name), &target, &err) == 0, "%s", err.text);
    return target;
}

const struct catalogue_model *model_of(const char *name)
{
    struct catalogue_target target = target_of(name);

    ck_assert_msg(target.model != NULL, "%s is not in the catalogue", name);
    return target.model;
}

int64_t rate_of(double dollars)
{
    return dollars == UNSTATED ? PRICE_UNKNOWN : (int64_t)(dollars * 1e6 + 0.5);
}

int64_t input_rate_at(const char *name, const char *day, int64_t input_tokens)
{
    const struct catalogue_price *price = catalogue_price_on(model_of(name), str_from(day));

    return price != NULL ? price_rates_at(&price->price, input_tokens).input : PRICE_UNKNOWN;
}
