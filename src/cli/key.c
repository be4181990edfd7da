#include "cli/key.h"

#include "base/buf.h"
#include "base/environment.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

enum { KEY_BYTES_MAX = 16384 };

static int keep_key(const char *source, struct str text, struct arena *arena, const char **out,
                    struct err *err)
{
    struct str key = arena_copy(arena, str_trim(text));

    if (key.p == NULL) {
        return err_memory(err);
    }
    if (key.len == 0) {
        return err_set(err, ERR_USAGE, "%s gave no key", source);
    }
    *out = key.p;
    return 0;
}

/* The copy in the arena is the only one that stays in memory. */
static void wipe(struct buf *text)
{
    if (text->p != NULL) {
        memset(text->p, 0, text->len);
    }
    buf_release(text);
}

static int key_from_file(const char *path, struct arena *arena, const char **out, struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, KEY_BYTES_MAX);
    rc = file_read(path, &text, err);
    if (rc == 0) {
        rc = keep_key("--key-file", buf_str(&text), arena, out, err);
    }
    wipe(&text);
    return rc;
}

static int key_from_command(const char *command, struct arena *arena, const char **out,
                            struct err *err)
{
    /* The user wrote the command for their own shell, as they would in a script. */
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c)
    struct buf text;
    int rc = 0;

    if (pipe == NULL) {
        return err_set(err, ERR_SYSTEM, "--key-command: cannot start a shell");
    }
    buf_init(&text, KEY_BYTES_MAX);
    rc = file_read_line(pipe, &text, err);
    if (pclose(pipe) != 0) {
        rc = err_set(err, ERR_USAGE, "--key-command failed");
    } else if (rc >= 0) {
        rc = keep_key("--key-command", buf_str(&text), arena, out, err);
    }
    wipe(&text);
    return rc;
}

/* AWS signs with a pair of keys where no bearer key is given. */
static bool find_aws_keys(struct credentials *out)
{
    out->access_key_id = environment_get("AWS_ACCESS_KEY_ID");
    out->secret_access_key = environment_get("AWS_SECRET_ACCESS_KEY");
    out->session_token = environment_get("AWS_SESSION_TOKEN");
    return out->access_key_id != NULL && out->secret_access_key != NULL;
}

static int no_key(const struct catalogue_provider *provider, struct err *err)
{
    struct buf variables;
    int rc = 0;

    buf_init(&variables, ERR_TEXT_MAX);
    for (size_t i = 0; i < provider->key_variables.count; i++) {
        buf_appendf(&variables, "%s%s", i != 0 ? " or " : "", provider->key_variables.items[i]);
    }
    rc = err_set(err, ERR_USAGE, "%s needs a key: set %.*s, or give --key-file or --key-command",
                 provider->name, STR_ARG(buf_str(&variables)));
    buf_release(&variables);
    return rc;
}

int key_find(const struct catalogue_provider *provider, const struct key_settings *settings,
             struct arena *arena, struct credentials *out, struct err *err)
{
    *out = (struct credentials){0};
    if (provider->key_variables.count == 0) {
        return 0;
    }
    if (settings->file != NULL) {
        return key_from_file(settings->file, arena, &out->key, err);
    }
    if (settings->command != NULL) {
        return key_from_command(settings->command, arena, &out->key, err);
    }
    for (size_t i = 0; out->key == NULL && i < provider->key_variables.count; i++) {
        out->key = environment_get(provider->key_variables.items[i]);
    }
    if (out->key == NULL && strcmp(provider->name, "bedrock") == 0) {
        return find_aws_keys(out) ? 0 : no_key(provider, err);
    }
    return out->key == NULL && provider->key_required ? no_key(provider, err) : 0;
}
