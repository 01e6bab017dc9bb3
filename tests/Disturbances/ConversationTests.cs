using Das.Disturbances;
using Das.Disturbances.Amqp;
using Das.Disturbances.Kinds;
using Conversation = Das.Disturbances.Amqp.Conversation;

namespace Das.Tests.Disturbances;

/// <summary>What <c>bench/faults</c> understands of the frames between a process and its broker.</summary>
public sealed class ConversationTests
{
    private const string Progress = "Das.Contracts:StageProgressed", Command = "Das.Contracts:SearchArchitecture";
    private static readonly Guid Run = Guid.NewGuid();
    private readonly Conversation conversation = new("search-1");

    [Fact]
    public void A_publication_is_whole_when_all_of_its_body_has_come_whatever_passes_on_other_channels()
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"message":{"runId":"{{Run}}","stage":"search"},"sentTime":"2026-03-10T02:00:00Z"}""");
        Assert.Null(conversation.Next(toBroker: true, Publish(1, Progress)));
        Assert.Null(conversation.Next(toBroker: true, Header(1, body.Length)));
        Assert.Null(conversation.Next(toBroker: true, Body(1, body[..10])));
        Assert.Equal(Act.Other, conversation.Next(toBroker: true, new Frame(8, 0, [8, 0, 0, 0, 0, 0, 0, 0xCE]))!.Value.Passing.Act);
        Assert.Null(conversation.Next(toBroker: true, Publish(2, Command)));
        (Passing passing, IReadOnlyList<Frame> frames) = conversation.Next(toBroker: true, Body(1, body[10..]))!.Value;
        Assert.Equal((Act.Publish, "search", Run, 4), (passing.Act, passing.Message!.Tells, passing.Message.Run, frames.Count));
        Assert.Equal(new DateTime(2026, 3, 10, 2, 0, 0, DateTimeKind.Utc), passing.Message.Sent);
        Assert.Same(passing.Message, conversation.Next(toBroker: false, Settled(80, 1, tag: 1))!.Value.Passing.Message);
    }

    [Fact]
    public void A_command_is_open_from_its_delivery_to_its_acknowledgement_and_no_longer_than_its_channel()
    {
        Passing delivered = Deliver(channel: 3, tag: 7);
        Assert.Equal((Act.Deliver, "search", "again"), (delivered.Act, delivered.Message!.Asks, delivered.Note));
        Assert.Same(delivered.Message, Assert.Single(conversation.Open));
        conversation.Next(toBroker: true, Settled(80, 4, tag: 7));
        Assert.Single(conversation.Open);
        Assert.Equal(Act.Ack, conversation.Next(toBroker: true, Settled(80, 3, tag: 7))!.Value.Passing.Act);
        Assert.Empty(conversation.Open);

        Deliver(channel: 3, tag: 8);
        byte[] why = [0, 20, 0, 40, .. BigEndian(406), .. Text("timed out"), 0, 0, 0, 0];
        Passing closed = conversation.Next(toBroker: false, Of(Frame.OfMethod, 3, why))!.Value.Passing;
        Assert.Equal((Act.Close, "406 timed out", "search"), (closed.Act, closed.Note, closed.Message!.Asks));
        Assert.Empty(conversation.Open);
    }

    [Fact]
    public async Task Frames_are_read_one_after_the_other_and_a_stream_that_ends_in_one_ends()
    {
        Frame first = Publish(1, Command), second = Header(1, 5);
        using MemoryStream stream = new([.. first.Whole, .. second.Whole, .. first.Whole[..3]]);
        Assert.Equal(first.Whole, (await Frame.ReadAsync(stream, Token))!.Value.Whole);
        Assert.Equal(second.Whole, (await Frame.ReadAsync(stream, Token))!.Value.Whole);
        Assert.Null(await Frame.ReadAsync(stream, Token));
    }

    [Fact]
    public void Every_kind_draws_numbers_of_its_own_and_the_same_ones_again()
    {
        Dictionary<string, ulong> first = Kind.All.ToDictionary(kind => kind.Name, kind => Campaign.Numbers(1, kind, 5).Next());
        Assert.Equal(Kind.All.Count, first.Values.Distinct().Count());
        foreach (Kind kind in Kind.All) Assert.Equal(first[kind.Name], Campaign.Numbers(1, kind, 5).Next());
        Assert.NotEqual(first["flip"], Campaign.Numbers(1, Kind.Get("flip"), 6).Next());
    }

    private Passing Deliver(ushort channel, byte tag)
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"message": {"runId":"{{Run}}"} }""");
        conversation.Next(toBroker: false, Of(Frame.OfMethod, channel, [0, 60, 0, 60, .. Text("consumer"), 0, 0, 0, 0, 0, 0, 0, tag, 1, .. Text(Command), 0]));
        conversation.Next(toBroker: false, Header(channel, body.Length));
        return conversation.Next(toBroker: false, Body(channel, body))!.Value.Passing;
    }

    private static Frame Publish(ushort channel, string exchange) => Of(Frame.OfMethod, channel, [0, 60, 0, 40, 0, 0, .. Text(exchange), 0, 0]);

    private static Frame Settled(byte method, ushort channel, byte tag) => Of(Frame.OfMethod, channel, [0, 60, 0, method, 0, 0, 0, 0, 0, 0, 0, tag, 0]);

    private static Frame Header(ushort channel, int length) => Of(Frame.OfHeader, channel, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, .. BigEndian((ushort)length), 0, 0]);

    private static Frame Body(ushort channel, byte[] bytes) => Of(Frame.OfBody, channel, bytes);

    private static Frame Of(byte type, ushort channel, byte[] payload) =>
        new(type, channel, [type, .. BigEndian(channel), 0, 0, .. BigEndian((ushort)payload.Length), .. payload, 0xCE]);

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] BigEndian(ushort number) => [(byte)(number >> 8), (byte)number];
}
