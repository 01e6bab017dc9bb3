namespace Das.Disturbances.Amqp;

/// <summary>What a frame, or a method with its content, does.</summary>
internal enum Act
{
    Other, Publish, Confirm, Deliver, Ack, Reject, Close,
}

/// <summary>What becomes of it.</summary>
internal enum Verdict
{
    Forward, CutBefore, CutAfter,
}

/// <summary>Something that passes between a process and the broker.</summary>
/// <param name="Link">The process.</param>
/// <param name="Act">What it does.</param>
/// <param name="ToBroker">Its direction.</param>
/// <param name="Message">What is published, confirmed, delivered or acknowledged.</param>
/// <param name="Note">Of a closed channel: its code and text; of a delivery: that it is not the first.</param>
internal sealed record Passing(string Link, Act Act, bool ToBroker, Message? Message = null, string Note = "")
{
    public DateTime At { get; } = DateTime.UtcNow;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{At:HH:mm:ss.fff} {Link,-12} {(ToBroker ? "->" : "<-")} {Act,-8} {Message} {Note}");
}

/// <summary>Understands both directions of one connection: puts contents together, and knows what is unacknowledged.</summary>
internal sealed class Conversation(string link)
{
    private const int Basic = 60, Channels = 20, Connection = 10;
    private readonly Lock gate = new();
    private readonly Dictionary<(bool ToBroker, ushort Channel), List<Frame>> begun = [];
    private readonly Dictionary<ushort, ulong> published = [];
    private readonly SortedDictionary<(ushort Channel, ulong Tag), Message> unconfirmed = [], open = [];

    /// <summary>Queues that the process has begun to consume on it.</summary>
    public int Consumers { get; private set; }

    /// <summary>Delivered here and not acknowledged.</summary>
    public IReadOnlyList<Message> Open { get { lock (gate) return [.. open.Values]; } }

    /// <summary>The next frame of a direction.</summary>
    /// <returns>What passes, and its frames; null where its content is still to come.</returns>
    public (Passing Passing, IReadOnlyList<Frame> Frames)? Next(bool toBroker, Frame frame)
    {
        lock (gate)
        {
            if (frame.Type == Frame.OfMethod && HasContent(frame))
            {
                begun[(toBroker, frame.Channel)] = [frame];
                return null;
            }
            if (frame.Type is Frame.OfHeader or Frame.OfBody && begun.TryGetValue((toBroker, frame.Channel), out List<Frame>? frames))
            {
                frames.Add(frame);
                if (frames.Skip(2).Sum(part => part.Payload.Length) < Size(frames[1])) return null;
                begun.Remove((toBroker, frame.Channel));
                return (Whole(toBroker, frames), frames);
            }
            return (frame.Type == Frame.OfMethod ? Method(toBroker, frame) : new(link, Act.Other, toBroker), [frame]);
        }
    }

    private static (int Class, int Method) Name(Frame frame)
    {
        Arguments arguments = new(frame.Payload.Span);
        return (arguments.Short(), arguments.Short());
    }

    private static bool HasContent(Frame frame) => Name(frame) is (Basic, 40 or 50 or 60 or 71);

    /// <summary>Of a content header: class and weight, then the body's length.</summary>
    private static long Size(Frame header) => BinaryPrimitives.ReadInt64BigEndian(header.Payload.Span[4..]);

    private Passing Whole(bool toBroker, List<Frame> frames)
    {
        Arguments arguments = new(frames[0].Payload.Span[4..]);
        ushort channel = frames[0].Channel;
        byte[] body = [.. frames.Skip(2).SelectMany(part => part.Payload.ToArray())];
        switch (Name(frames[0]).Method)
        {
            case 40:
                arguments.Short();
                Message said = new(arguments.Text(), body);
                ulong number = published[channel] = published.GetValueOrDefault(channel) + 1;
                unconfirmed[(channel, number)] = said;
                return new(link, Act.Publish, toBroker, said);
            case 60:
                arguments.Text();
                ulong tag = arguments.Long();
                bool again = arguments.Bit();
                Message taken = open[(channel, tag)] = new(arguments.Text(), body);
                return new(link, Act.Deliver, toBroker, taken, again ? "again" : "");
            default: return new(link, Act.Other, toBroker);
        }
    }

    private Passing Method(bool toBroker, Frame frame)
    {
        Arguments arguments = new(frame.Payload.Span[4..]);
        switch (Name(frame))
        {
            case (Basic, 80): return new(link, toBroker ? Act.Ack : Act.Confirm, toBroker, Settle(toBroker ? open : unconfirmed, frame.Channel, ref arguments));
            case (Basic, 90 or 120): return new(link, Act.Reject, toBroker, Settle(toBroker ? open : unconfirmed, frame.Channel, ref arguments));
            case (Basic, 21):
                Consumers++;
                return new(link, Act.Other, toBroker);
            case (Channels or Connection, 40 or 50) named when named is (Channels, 40) or (Connection, 50):
                string why = string.Create(CultureInfo.InvariantCulture, $"{arguments.Short()} {arguments.Text()}");
                Message? held = open.FirstOrDefault(entry => named.Item1 == Connection || entry.Key.Channel == frame.Channel).Value;
                foreach (var entry in open.Keys.Where(key => named.Item1 == Connection || key.Channel == frame.Channel).ToList()) open.Remove(entry);
                return new(link, Act.Close, toBroker, held, why);
            default: return new(link, Act.Other, toBroker);
        }
    }

    /// <returns>The latest of the messages that are settled.</returns>
    private static Message? Settle(SortedDictionary<(ushort Channel, ulong Tag), Message> waiting, ushort channel, ref Arguments arguments)
    {
        ulong tag = arguments.Long();
        bool multiple = arguments.Bit();
        Message? last = null;
        foreach ((ushort Channel, ulong Tag) key in waiting.Keys.Where(key => key.Channel == channel && (key.Tag == tag || multiple && key.Tag < tag)).ToList())
            waiting.Remove(key, out last);
        return last;
    }
}
