#include "report/png.h"
#include "report/png_module.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

static cairo_status_t append_bytes(void *closure, const unsigned char *bytes, unsigned int length)
{
    struct buf *out = closure;

    buf_append(out, (struct str){(const char *)bytes, length});
    return out->failure == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int draw(RsvgHandle *handle, cairo_surface_t *surface, int width_px, int height_px,
                struct err *err)
{
    RsvgRectangle viewport = {0, 0, width_px, height_px};
    cairo_t *cairo = cairo_create(surface);
    GError *problem = NULL;
    int rc = 0;

    cairo_scale(cairo, PNG_SCALE, PNG_SCALE);
    if (!rsvg_handle_render_document(handle, cairo, &viewport, &problem)) {
        rc = err_set(err, ERR_SYSTEM, "librsvg could not draw the chart: %s", problem->message);
        g_error_free(problem);
    } else if (cairo_status(cairo) != CAIRO_STATUS_SUCCESS) {
        rc = err_set(err, ERR_SYSTEM, "cairo could not draw the chart: %s",
                     cairo_status_to_string(cairo_status(cairo)));
    }
    cairo_destroy(cairo);
    return rc;
}

static int render(struct str svg, int width_px, int height_px, struct buf *out, struct err *err)
{
    cairo_surface_t *surface = NULL;
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    GError *problem = NULL;
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg.p, svg.len, &problem);
    int rc = 0;

    if (handle == NULL) {
        rc = err_set(err, ERR_SYSTEM, "librsvg could not read the chart: %s", problem->message);
        g_error_free(problem);
        return rc;
    }
    surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px * PNG_SCALE, height_px * PNG_SCALE);
    rc = draw(handle, surface, width_px, height_px, err);
    if (rc == 0) {
        status = cairo_surface_write_to_png_stream(surface, append_bytes, out);
        rc = buf_check(out, "PNG", err);
        if (rc == 0 && status != CAIRO_STATUS_SUCCESS) {
            rc = err_set(err, ERR_SYSTEM, "cairo could not write the chart: %s",
                         cairo_status_to_string(status));
        }
    }
    cairo_surface_destroy(surface);
    g_object_unref(handle);
    return rc;
}

__attribute__((visibility("default"))) const struct png_module haymaker_png_module = {
    .version = HAYMAKER_VERSION,
    .render = render,
};
