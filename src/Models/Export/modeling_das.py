"""A decoder-only language model with Dynamic Architecture Skipping (DAS): bottleneck adapters stand in place of some layers and inside the others.

    kept layer:     h = x + attention(A(norm(x))),  y = h + mlp(A'(norm'(h)))
    skipped layer:  y = x + R(norm(x))

Load it, and the tokenizer beside it, with

    AutoModelForCausalLM.from_pretrained(FOLDER, trust_remote_code=True)

`config.json` says everything under `das`; sizes beside it are for tools that look at any model. Adapters are computed in float32. With `das.precision`
hidden states are, too, and pretrained matrices multiply what it says.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.cache_utils import DynamicCache
from transformers.modeling_outputs import CausalLMOutputWithPast


class DasConfig(PretrainedConfig):
    model_type = "das_decoder"


class Linear(nn.Linear):
    """A pretrained matrix; its product is of the type that is multiplied."""

    def __init__(self, das, columns, rows, bias=False):
        super().__init__(columns, rows, bias=bias)
        self.product = product_type(das)

    def forward(self, x):
        dtype = self.product or x.dtype
        return F.linear(x.to(dtype), self.weight.to(dtype), None if self.bias is None else self.bias.to(dtype))


def product_type(das):
    """What matrices multiply; None for the type of the hidden states."""
    return {None: None, "float32": torch.float32, "bfloat16": torch.bfloat16}[das.get("precision")]


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return wide.to(x.dtype) * self.weight


class Adapter(nn.Module):
    """s up(relu(down(x))), added to x inside a layer."""

    def __init__(self, size, bottleneck, scale, residual):
        super().__init__()
        self.down_sampler = nn.Linear(size, bottleneck)
        self.up_sampler = nn.Linear(bottleneck, size)
        self.scale, self.residual = scale, residual

    def forward(self, x):
        wide = x.to(self.down_sampler.weight.dtype)
        y = self.scale * self.up_sampler(F.relu(self.down_sampler(wide)))
        return (wide + y if self.residual else y).to(x.dtype)


def head_size(das):
    return das.get("headDim") or das["dim"] // das["heads"]


def rotary_frequencies(das, device):
    """Radians per position of a head's planes, (d/2,)."""
    size = head_size(das)
    f = das["ropeTheta"] ** -(torch.arange(0, size, 2, dtype=torch.float32, device=device) / size)
    scaling = das.get("ropeScaling")
    if scaling is None:
        return f
    if scaling["type"] == "linear":
        return f / scaling["factor"]
    if scaling["type"] == "factors":
        return f / torch.tensor(scaling["factors"], dtype=torch.float32, device=device)
    turns = scaling["originalLength"] * f / (2 * math.pi)
    low, high = scaling["lowFrequencyFactor"], scaling["highFrequencyFactor"]
    share = ((turns - low) / (high - low)).clamp(0, 1)
    return f * ((1 - share) / scaling["factor"] + share)


def rotate(x, cos, sin):
    """x (B, H, S, d); cos, sin (B, 1, S, d/2)."""
    first, second = x.float().chunk(2, -1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, das, layer, slot):
        super().__init__()
        width, self.size = das["dim"], head_size(das)
        self.heads, self.shared = das["heads"], das.get("kvHeads") or das["heads"]
        self.slot = slot
        self.rotated = layer not in (das.get("unrotatedLayers") or [])
        windowed = das.get("windowedLayers")
        self.window = das.get("slidingWindow") if windowed is None or layer in windowed else None
        bias = das.get("qkvBias", False)
        self.q_proj = Linear(das, width, self.heads * self.size, bias)
        self.k_proj = Linear(das, width, self.shared * self.size, bias)
        self.v_proj = Linear(das, width, self.shared * self.size, bias)
        self.o_proj = Linear(das, self.heads * self.size, width, das.get("attentionOutputBias", False))
        norm = das.get("qkNorm", False)
        self.q_norm = RMSNorm(self.size, das["normEps"]) if norm else nn.Identity()
        self.k_norm = RMSNorm(self.size, das["normEps"]) if norm else nn.Identity()

    def forward(self, x, cos, sin, mask, cache):
        """x (B, S, D); mask(window) gives (B, 1, S, C) booleans."""
        B, S, _ = x.shape
        q = self.q_norm(self.q_proj(x).to(x.dtype).view(B, S, self.heads, self.size)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).to(x.dtype).view(B, S, self.shared, self.size)).transpose(1, 2)
        v = self.v_proj(x).to(x.dtype).view(B, S, self.shared, self.size).transpose(1, 2)
        if self.rotated:
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.update(k, v, self.slot)
        group = self.heads // self.shared
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask(self.window))
        return self.o_proj(y.transpose(1, 2).reshape(B, S, -1))


class MLP(nn.Module):
    def __init__(self, das, inner):
        super().__init__()
        bias = das.get("mlpBias", False)
        self.gate_proj = Linear(das, das["dim"], inner, bias)
        self.up_proj = Linear(das, das["dim"], inner, bias)
        self.down_proj = Linear(das, inner, das["dim"], bias)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class KeptLayer(nn.Module):
    def __init__(self, das, inner, layer, slot):
        super().__init__()
        self.input_layernorm = RMSNorm(das["dim"], das["normEps"])
        self.self_attn = Attention(das, layer, slot)
        self.post_attention_layernorm = RMSNorm(das["dim"], das["normEps"])
        self.mlp = MLP(das, inner)
        bottleneck, scale = das["inLayerBottleneck"], das["adapterScale"]
        if bottleneck > 0:
            self.adapter_attn = Adapter(das["dim"], bottleneck, scale, residual=True)
        if bottleneck > 0 and das["adapterPlaces"] == "block":
            self.adapter_mlp = Adapter(das["dim"], bottleneck, scale, residual=True)

    def forward(self, x, *step):
        z = self.input_layernorm(x)
        h = x + self.self_attn(self.adapter_attn(z) if hasattr(self, "adapter_attn") else z, *step)
        z = self.post_attention_layernorm(h)
        return h + self.mlp(self.adapter_mlp(z) if hasattr(self, "adapter_mlp") else z)


class SkippedLayer(nn.Module):
    def __init__(self, das):
        super().__init__()
        self.input_layernorm = RMSNorm(das["dim"], das["normEps"])
        self.replaced_adapter = Adapter(das["dim"], das["replacementBottleneck"], das["adapterScale"], residual=False)

    def forward(self, x, *step):
        return x + self.replaced_adapter(self.input_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        das = config.das
        skipped = set(das["skipModule"])
        kept = [layer for layer in range(das["layers"]) if layer not in skipped]
        self.embed_tokens = nn.Embedding(das["vocabSize"], das["dim"])
        self.layers = nn.ModuleList(
            SkippedLayer(das) if layer in skipped else KeptLayer(das, config.intermediate_size, layer, kept.index(layer)) for layer in range(das["layers"]))
        self.norm = RMSNorm(das["dim"], das["normEps"])
        self.das = das

    def forward(self, x, positions, attention_mask, cache):
        """x (B, S, D); positions (B, S); attention_mask (B, C), 0 at padding, or None."""
        S, past = x.shape[1], cache.get_seq_length() if cache is not None else 0
        angles = positions[..., None].float() * rotary_frequencies(self.das, x.device)
        cos, sin = angles.cos()[:, None], angles.sin()[:, None]
        query = torch.arange(past, past + S, device=x.device)[:, None]
        key = torch.arange(past + S, device=x.device)[None]
        masks = {}

        def mask(window):
            if window not in masks:
                seen = key <= query
                if window is not None:
                    seen = seen & (key > query - window)
                seen = seen[None, None]
                if attention_mask is not None:
                    seen = (seen & attention_mask[:, None, None].bool()) | (key == query)
                masks[window] = seen
            return masks[window]

        for layer in self.layers:
            x = layer(x, cos, sin, mask, cache)
        return self.norm(x)


class DasForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = DasConfig
    base_model_prefix = "model"
    _no_split_modules = ["KeptLayer", "SkippedLayer"]
    _keep_in_fp32_modules = ["adapter_attn", "adapter_mlp", "replaced_adapter"]
    _keep_in_fp32_modules_strict = _keep_in_fp32_modules
    _supports_sdpa = True

    def __init__(self, config):
        super().__init__(config)
        self.model = Decoder(config)
        if not config.das.get("tiedOutput", False):
            self.lm_head = Linear(config.das, config.das["dim"], config.das["vocabSize"])
        self.post_init()

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def set_input_embeddings(self, value):
        self.model.embed_tokens = value

    def forward(self, input_ids=None, attention_mask=None, position_ids=None, past_key_values=None, inputs_embeds=None, labels=None, use_cache=None,
                logits_to_keep=0, **kwargs):
        x = self.model.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        product = product_type(self.config.das)
        if product is not None:
            x = x.float()
        if past_key_values is None and use_cache:
            past_key_values = DynamicCache()
        B, S, _ = x.shape
        past = past_key_values.get_seq_length() if past_key_values is not None else 0
        if position_ids is None and attention_mask is not None:
            position_ids = (attention_mask.long().cumsum(-1) - 1).clamp(min=0)[:, -S:]
        elif position_ids is None:
            position_ids = torch.arange(past, past + S, device=x.device).expand(B, S)
        hidden = self.model(x, position_ids, attention_mask, past_key_values)
        if isinstance(logits_to_keep, int):
            hidden = hidden[:, -logits_to_keep:] if logits_to_keep > 0 else hidden
        else:
            hidden = hidden[:, logits_to_keep]
        if hasattr(self, "lm_head"):
            logits = self.lm_head(hidden)
        else:
            dtype = product or hidden.dtype
            logits = F.linear(hidden.to(dtype), self.model.embed_tokens.weight.to(dtype))
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=-100)
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)
