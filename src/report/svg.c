#include "report/svg.h"

#include "base/file.h"
#include "base/utf8.h"
#include "report/html.h"
#include "report/measure.h"

#include <duktape.h>
#include <stdlib.h>

enum { SCRIPT_BYTES_MAX = 8 * 1024 * 1024 };

/* What runs inside Duktape's protection, where any call may jump out. */
struct rendering {
    struct str shim;
    struct str echarts;
    const char *options;
    int width_px;
    int height_px;
};

static duk_ret_t measure_width(duk_context *context)
{
    duk_size_t len = 0;
    const char *text = duk_to_lstring(context, 0, &len);
    double font_px = duk_to_number(context, 1);

    duk_push_number(context, measure_width_px((struct str){text, len}, font_px));
    return 1;
}

static void run_script(duk_context *context, struct str script, const char *name)
{
    (void)duk_push_string(context, name);
    duk_compile_lstring_filename(context, 0, script.p, script.len);
    duk_call(context, 0);
    duk_pop(context);
}

/* Leaves the SVG on the stack. */
static duk_ret_t render(duk_context *context, void *data)
{
    const struct rendering *rendering = data;

    (void)duk_push_c_function(context, measure_width, 2);
    (void)duk_put_global_string(context, "measureWidth");
    run_script(context, rendering->shim, "shim.js");
    run_script(context, rendering->echarts, "echarts.min.js");
    (void)duk_get_global_string(context, "renderSvg");
    (void)duk_push_string(context, rendering->options);
    duk_json_decode(context, -1);
    duk_push_int(context, rendering->width_px);
    duk_push_int(context, rendering->height_px);
    duk_call(context, 3);
    (void)duk_require_string(context, -1);
    return 1;
}

/* The surrogate in three bytes of CESU-8, or 0. */
static uint32_t surrogate_at(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.p;

    if (text.len < 3 || p[0] != 0xED || p[1] < 0xA0 || p[1] > 0xBF || (p[2] & 0xC0U) != 0x80) {
        return 0;
    }
    return 0xD000U | ((p[1] & 0x3FU) << 6) | (p[2] & 0x3FU);
}

/* Duktape's strings are CESU-8: what is not in the basic plane is a pair of surrogates, each in
 * three bytes. XML wants UTF-8, and knows no U+FFFE and U+FFFF. */
static void append_as_utf8(struct buf *out, struct str text)
{
    while (text.len != 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);
        uint32_t high = len == 0 ? surrogate_at(text) : 0;
        uint32_t low = high != 0 ? surrogate_at(str_skip(text, 3)) : 0;
        char encoded[4];

        if (len != 0 && code != 0xFFFE && code != 0xFFFF) {
            buf_append(out, str_take(text, len));
        } else if (high != 0 && high < 0xDC00 && low >= 0xDC00) {
            len = utf8_encode(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), encoded);
            buf_append(out, (struct str){encoded, len});
            len = 6;
        } else {
            buf_append(out, STR("\xEF\xBF\xBD"));
            len = len != 0 ? len : high != 0 ? 3 : 1;
        }
        text = str_skip(text, len);
    }
}

static void append_document(struct buf *out, struct str svg, struct str title,
                            struct str description)
{
    size_t head_len = str_find(svg, STR(">")) + 1; /* ECharts' <svg …> begins the document */

    buf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    buf_append(out, str_take(svg, head_len));
    buf_append(out, STR("\n<title>"));
    html_append_escaped(out, title);
    buf_append(out, STR("</title>\n<desc>"));
    html_append_escaped(out, description);
    buf_append(out, STR("</desc>"));
    append_as_utf8(out, str_skip(svg, head_len));
    buf_append_char(out, '\n');
}

static int run(struct rendering *rendering, struct str title, struct str description,
               struct buf *out, struct err *err)
{
    duk_context *context = duk_create_heap_default();
    int rc = 0;

    if (context == NULL) {
        return err_memory(err);
    }
    if (duk_safe_call(context, render, rendering, 0, 1) != DUK_EXEC_SUCCESS) {
        rc = err_set(err, ERR_SYSTEM, "ECharts could not draw the chart: %s",
                     duk_safe_to_string(context, -1));
    } else {
        duk_size_t len = 0;
        const char *svg = duk_get_lstring(context, -1, &len);

        append_document(out, (struct str){svg, len}, title, description);
        rc = buf_check(out, "SVG", err);
    }
    duk_destroy_heap(context);
    return rc;
}

int svg_render(const json_t *options, int width_px, int height_px, struct str title,
               struct str description, struct buf *out, struct err *err)
{
    struct buf shim;
    struct buf echarts;
    char *text = json_dumps(options, JSON_COMPACT | JSON_ENSURE_ASCII);
    int rc = text != NULL ? 0 : err_memory(err);

    buf_init(&shim, SCRIPT_BYTES_MAX);
    buf_init(&echarts, SCRIPT_BYTES_MAX);
    if (rc == 0) {
        rc = file_data_read("report/shim.js", &shim, err);
    }
    if (rc == 0) {
        rc = file_data_read("echarts.min.js", &echarts, err);
    }
    if (rc == 0) {
        struct rendering rendering = {buf_str(&shim), buf_str(&echarts), text, width_px, height_px};

        rc = run(&rendering, title, description, out, err);
    }
    buf_release(&echarts);
    buf_release(&shim);
    free(text);
    return rc;
}
