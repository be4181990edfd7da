#include "report/stroke.h"

enum { SYMBOLS = 7 };

static const struct {
    const char *name;
    bool hollow; /* ECharts' own hollow symbols are white inside, whatever is behind them */
} symbols[SYMBOLS] = {
    {"circle", false}, {"rect", false}, {"triangle", false}, {"diamond", false},
    {"circle", true},  {"rect", true},  {"triangle", true},
};

struct stroke stroke_of(const struct figures *figures, const struct series *series,
                        const struct theme *theme)
{
    size_t main = figures->model_count > 1 ? series->model_index : series->variant_index;
    size_t turn = main / THEME_LINE_COLOURS; /* the eighth model has the colour of the first */
    size_t symbol = (main + 3 * turn) % SYMBOLS;

    return (struct stroke){
        .colour = theme->lines[main % THEME_LINE_COLOURS],
        .symbol = symbols[symbol].name,
        .hollow = symbols[symbol].hollow,
        .dash = series->variant_index + turn,
    };
}

static json_t *dash_json(size_t dash)
{
    switch (dash % 4) {
    case 0:
        return json_string("solid");
    case 1:
        return json_pack("[i, i]", 8, 4);
    case 2:
        return json_pack("[i, i]", 2, 3);
    default:
        return json_pack("[i, i, i, i]", 10, 3, 2, 3);
    }
}

json_t *stroke_json(const struct stroke *stroke)
{
    return json_pack("{s:s, s:i, s:o}", "color", stroke->colour, "width", 2, "type",
                     dash_json(stroke->dash));
}

json_t *stroke_symbol_json(const struct stroke *stroke, const struct theme *theme)
{
    return json_pack("{s:s, s:s, s:i, s:i}", "color",
                     stroke->hollow ? theme->background : stroke->colour, "borderColor",
                     stroke->colour, "borderWidth", stroke->hollow ? 2 : 0, "opacity", 1);
}
