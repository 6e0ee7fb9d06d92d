/* peer_onednn.cpp - oneDNN's LSTM and GRU (linear before reset, as PyTorch's) primitives behind the line protocol of engine.c: shape,
** train (forward and backward; no loss, no clipping, no optimiser), score, weights, inputs, output, version. Weights are in the layout
** the primitive asks for, put there once and outside the times. Fixed lengths only: oneDNN has no others. */
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include <omp.h>

using namespace dnnl;
using tag = memory::format_tag;
using arguments = std::unordered_map<int, memory>;

namespace {

constexpr auto f32 = memory::data_type::f32;

engine cpu(engine::kind::cpu, 0);
dnnl::stream work(cpu);

struct shape {
    std::string cell;
    memory::dim B, T, I, H, L;
    memory::dim gates() const { return cell == "lstm" ? 4 : 3; }
    static constexpr memory::dim biases() { return 4; } // the GRU's candidate has two
};

/* One layer: oneDNN's own stacks need I = H, so layers are run one after the other for all shapes. */
struct layer {
    memory::dims src, out, state, wx, wh, bias;
    memory x, y, weights_x, weights_h, b;
    primitive forward, inference, backward;
    arguments forward_args, inference_args, backward_args;
    memory dx, dy;
};

shape now;
const int default_threads = omp_get_max_threads();
std::vector<layer> layers;

memory zeros(const memory::desc &d) {
    memory m(d, cpu);
    std::memset(m.get_data_handle(), 0, d.get_size());
    return m;
}

memory::desc plain(const memory::dims &dims, tag t) { return memory::desc(dims, f32, t); }
memory::desc any(const memory::dims &dims) { return memory::desc(dims, f32, tag::any); }

memory converted(const memory &from, const memory::desc &to) {
    memory m(to, cpu);
    memory source = from;
    reorder(source, m).execute(work, source, m);
    work.wait();
    return m;
}

/* Primitives of a layer; `weights_x` and `weights_h` are plain ldigo, `b` is ldgo. */
template <class Forward, class Backward, class MakeForward, class MakeBackward>
void prepare(layer &l, MakeForward make_forward, MakeBackward make_backward) {
    typename Forward::primitive_desc training(make_forward(prop_kind::forward_training), cpu);
    typename Forward::primitive_desc inference(make_forward(prop_kind::forward_inference), cpu);
    typename Backward::primitive_desc back(make_backward(), cpu, training);
    memory workspace(training.workspace_desc(), cpu);
    l.forward = Forward(training);
    l.inference = Forward(inference);
    l.backward = Backward(back);
    auto weights = [&](const memory::desc &x, const memory::desc &h, arguments &a) {
        a[DNNL_ARG_WEIGHTS_LAYER] = converted(l.weights_x, x);
        a[DNNL_ARG_WEIGHTS_ITER] = converted(l.weights_h, h);
        a[DNNL_ARG_BIAS] = l.b;
        a[DNNL_ARG_SRC_LAYER] = l.x;
        a[DNNL_ARG_DST_LAYER] = l.y;
    };
    weights(training.weights_layer_desc(), training.weights_iter_desc(), l.forward_args);
    weights(inference.weights_layer_desc(), inference.weights_iter_desc(), l.inference_args);
    weights(back.weights_layer_desc(), back.weights_iter_desc(), l.backward_args);
    l.forward_args[DNNL_ARG_WORKSPACE] = workspace;
    arguments &a = l.backward_args;
    a[DNNL_ARG_WORKSPACE] = workspace;
    a[DNNL_ARG_DIFF_SRC_LAYER] = l.dx;
    a[DNNL_ARG_DIFF_DST_LAYER] = l.dy;
    a[DNNL_ARG_DIFF_WEIGHTS_LAYER] = zeros(back.diff_weights_layer_desc());
    a[DNNL_ARG_DIFF_WEIGHTS_ITER] = zeros(back.diff_weights_iter_desc());
    a[DNNL_ARG_DIFF_BIAS] = zeros(plain(l.bias, tag::ldgo));
}

void prepare_layer(layer &l) {
    const auto direction = rnn_direction::unidirectional_left2right;
    memory::desc x = plain(l.src, tag::tnc), y = plain(l.out, tag::tnc), b = plain(l.bias, tag::ldgo), none;
    memory::desc wx = any(l.wx), wh = any(l.wh);
    if (now.cell == "lstm")
        prepare<lstm_forward, lstm_backward>(
            l, [&](prop_kind k) { return lstm_forward::desc(k, direction, x, none, none, wx, wh, b, y, none, none); },
            [&] {
                return lstm_backward::desc(prop_kind::backward, direction, x, none, none, wx, wh, b, y, none, none, x, none, none,
                                           wx, wh, b, y, none, none);
            });
    else
        prepare<lbr_gru_forward, lbr_gru_backward>(
            l, [&](prop_kind k) { return lbr_gru_forward::desc(k, direction, x, none, wx, wh, b, y, none); },
            [&] {
                return lbr_gru_backward::desc(prop_kind::backward, direction, x, none, wx, wh, b, y, none, x, none, wx, wh, b, y, none);
            });
}

void make_layers() {
    layers.clear();
    for (memory::dim k = 0; k < now.L; k++) {
        layer l;
        memory::dim I = k ? now.H : now.I, H = now.H, G = now.gates();
        l.src = {now.T, now.B, I};
        l.out = {now.T, now.B, H};
        l.wx = {1, 1, I, G, H};
        l.wh = {1, 1, H, G, H};
        l.bias = {1, 1, now.biases(), H};
        l.x = k ? layers.back().y : zeros(plain(l.src, tag::tnc));
        l.y = zeros(plain(l.out, tag::tnc));
        l.dx = zeros(plain(l.src, tag::tnc));
        l.dy = zeros(plain(l.out, tag::tnc));
        if (k) layers.back().dy = l.dx;
        l.weights_x = zeros(plain(l.wx, tag::ldigo));
        l.weights_h = zeros(plain(l.wh, tag::ldigo));
        l.b = zeros(plain(l.bias, tag::ldgo));
        layers.push_back(l);
    }
    for (auto &l : layers) prepare_layer(l);
}

void forward(bool training) {
    for (auto &l : layers)
        (training ? l.forward : l.inference).execute(work, training ? l.forward_args : l.inference_args);
    work.wait();
}

void train() {
    forward(true);
    for (auto l = layers.rbegin(); l != layers.rend(); ++l) l->backward.execute(work, l->backward_args);
    work.wait();
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Work> void times(Work once, double seconds) {
    double begin = seconds_now(), before = begin;
    do {
        once();
        double after = seconds_now();
        std::printf("%.9g ", after - before);
        before = after;
    } while (before - begin < seconds);
    std::puts("");
}

/* PyTorch's weight [G*H x K] into oneDNN's [K x G x H]; GRU's gates are r z n there and z r n here. */
void put_weight(const memory &to, const std::vector<float> &from, memory::dim K) {
    static const memory::dim swapped[] = {1, 0, 2};
    memory::dim G = now.gates(), H = now.H;
    float *out = static_cast<float *>(to.get_data_handle());
    for (memory::dim g = 0; g < G; g++)
        for (memory::dim h = 0; h < H; h++)
            for (memory::dim k = 0; k < K; k++)
                out[(k * G + (G == 3 ? swapped[g] : g)) * H + h] = from[static_cast<size_t>((g * H + h) * K + k)];
}

/* b_ih + b_hh; of the GRU's candidate b_hh is the fourth. */
void put_bias(const memory &to, const std::vector<float> &ih, const std::vector<float> &hh) {
    size_t H = static_cast<size_t>(now.H);
    float *out = static_cast<float *>(to.get_data_handle());
    for (size_t j = 0; j < H; j++) {
        if (now.cell == "lstm") {
            for (size_t g = 0; g < 4; g++) out[g * H + j] = ih[g * H + j] + hh[g * H + j];
        } else {
            out[j] = ih[H + j] + hh[H + j];
            out[H + j] = ih[j] + hh[j];
            out[2 * H + j] = ih[2 * H + j];
            out[3 * H + j] = hh[2 * H + j];
        }
    }
}

void load_weights(std::istringstream &in) {
    std::unordered_map<std::string, std::vector<float>> tensor;
    std::string name;
    size_t n;
    while (in >> name >> n) {
        auto &t = tensor[name];
        t.resize(n);
        for (auto &v : t) in >> v;
    }
    for (size_t k = 0; k < layers.size(); k++) {
        layer &l = layers[k];
        std::string s = "_l" + std::to_string(k);
        put_weight(l.weights_x, tensor.at("rnn.weight_ih" + s), l.wx[2]);
        put_weight(l.weights_h, tensor.at("rnn.weight_hh" + s), now.H);
        put_bias(l.b, tensor.at("rnn.bias_ih" + s), tensor.at("rnn.bias_hh" + s));
        prepare_layer(l);
    }
}

void load_inputs(std::istringstream &in) {
    float *x = static_cast<float *>(layers[0].x.get_data_handle());
    for (memory::dim b = 0; b < now.B; b++) {
        size_t length;
        in >> length;
        for (memory::dim t = 0; t < now.T; t++)
            for (memory::dim i = 0; i < now.I; i++) in >> x[(t * now.B + b) * now.I + i];
    }
}

/* The last layer's h after the last step. */
void output() {
    forward(false);
    const float *h = static_cast<const float *>(layers.back().y.get_data_handle()) + (now.T - 1) * now.B * now.H;
    for (memory::dim i = 0; i < now.B * now.H; i++) std::printf("%.9g ", static_cast<double>(h[i]));
    std::puts("");
}

void answer(const std::string &line) {
    std::istringstream in(line);
    std::string command, lengths;
    double seconds = 0;
    int threads = 0;
    in >> command;
    if (command == "shape") {
        in >> now.cell >> now.B >> now.T >> now.I >> now.H >> now.L >> lengths >> threads;
        if (lengths != "fixed" || now.cell == "rnn") throw std::runtime_error("fixed lengths, lstm and gru only");
        omp_set_num_threads(threads > 0 ? threads : default_threads);
        make_layers();
        std::puts("ok");
    } else if (command == "train" && in >> seconds) {
        times(train, seconds);
    } else if (command == "score" && in >> seconds) {
        times([] { forward(false); }, seconds);
    } else if (command == "weights") {
        load_weights(in);
        std::puts("ok");
    } else if (command == "inputs") {
        load_inputs(in);
        std::puts("ok");
    } else if (command == "output") {
        output();
    } else if (command == "version") {
        const dnnl_version_t *v = dnnl_version();
        std::printf("%d.%d.%d\n", v->major, v->minor, v->patch);
    } else {
        throw std::runtime_error("unknown command");
    }
}

} // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        try {
            answer(line);
        } catch (const std::exception &e) {
            std::printf("error %s\n", e.what());
        }
        std::fflush(stdout);
    }
}
