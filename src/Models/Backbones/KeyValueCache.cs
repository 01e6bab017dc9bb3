namespace Das.Models.Backbones;

/// <summary>Keys and values of the positions that a decoder has seen, by layer; rows may be of different length.</summary>
public sealed class KeyValueCache;
